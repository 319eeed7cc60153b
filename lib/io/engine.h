/* SPDX-License-Identifier: MIT */
/*
 * Receives: loads of a context that want to read or write by O_DIRECT.
 * Hands on: rings, of io_uring where that is granted, else of threads; slots, in turn;
 *           and bounce memory.
 * Always:   made once, by the first load that needs it, and kept until the context ends
 *           or is trimmed. Any thread may call.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/load.h>

#include "io/budget.h"
#include "io/pool.h"
#include "io/tuner.h"

struct disk_limits;
struct seat;
struct pump;
struct slot;

struct engine {
	/* As the context was made; never changed. The product is what may be in flight, and
	 * the size of the pool. */
	uint32_t chunk_bytes;
	uint32_t queue_depth;
	/* The caller has left it open. */
	bool any_chunk;
	bool any_depth;
	enum dmaload_engine kind;
	enum dmaload_syscalls syscalls;

	/* Over all that follows. */
	pthread_mutex_t lock;
	struct budget budget;
	/* What loads hold of it whose threads are away; see engine_pause(). */
	unsigned paused_slots;
	uint64_t paused_bytes;
	/* How long a slot was in use, in ns; and since when one is. */
	uint64_t busy_ns;
	uint64_t busy_since;
	/* The settings that were found to suit disks. */
	struct tuner tuner;
	/* A slot was given back while somebody waited, or something else has changed. On
	 * CLOCK_MONOTONIC. */
	pthread_cond_t changed;
	/* How often; may be read without the lock. */
	atomic_uint changes;
	/* The pump whose thread waits for its ring, and is woken by changes; or NULL. */
	struct pump *sleeper;
	/* Loads that have a pump. */
	unsigned loads;
	/* Rings that were made. */
	unsigned rings;
	struct pump *pumps;
	/* The one whose ring has the pool registered. */
	struct pump *registered;
	/* It stays registered while no load uses it. */
	bool keeps;
	/* io_uring is forbidden: why, in words; empty: it is not, as far as known. */
	char refused[DMALOAD_REASON_SIZE];

	/* Bounce memory, and memory for blocks that are wanted in part. Made, registered
	 * and freed under pool_lock, which comes before lock. */
	pthread_mutex_t pool_lock;
	struct pool pool;
	struct pool edges;
};

/* A configuration without zeros, and as the caller asked for it. 0 or -ENOMEM. */
int engine_init(struct engine *engine, const struct dmaload_config *config,
		const struct dmaload_config *asked);
/* No load uses it. */
void engine_finish(struct engine *engine);
/* Free what no load uses at the moment. */
void engine_trim(struct engine *engine);
/* In a child: close the fds that were inherited, and touch nothing else. */
void engine_disown(struct engine *engine);

/* A pump for a thread, for one load or several, that never needs a ring or may; NULL without
 * memory. And back, when nothing is in flight. */
struct pump *engine_get_pump(struct engine *engine, bool ringless);
void engine_put_pump(struct engine *engine, struct pump *pump);

/* A load begins, with a pump of its own unless it shares one; and it ends. 0 or
 * -ENOMEM. */
int engine_enter(struct seat *seat);
void engine_leave(struct seat *seat);

/* Have a ring for a load; chosen once a load. 0 or -errno, and why is a text. */
int engine_open(struct seat *seat, char *why, size_t size);

/*
 * Have bounce memory. A pool that is smaller than was wanted is made anew, as long as
 * it is not in use, since memory may have become free. 0, and what it is like now, or
 * -errno; and, where it is smaller, all refusals as a text.
 */
int engine_need_pool(struct engine *engine, struct pool *now, char *refused,
		     size_t size);
/* Have memory for single blocks of a size. 0; -EBUSY if there is some for smaller ones,
 * and in use; or -errno. */
int engine_need_edges(struct engine *engine, uint32_t block);

/* Free it, unless there is a load. */
void engine_free_pools(struct engine *engine);

/* Register the pool with a load's ring, unless another ring has it. 0 or -errno, and
 * why is a text. */
int engine_register(struct seat *seat, char *why, size_t size);

/* How much is registered, in bytes. */
uint64_t engine_registered(struct engine *engine);
/* Unregister what an earlier load has left, unless another load may use it. */
void engine_withdraw(struct seat *seat);

/* Free a pump's ring, if it has one. */
void engine_drop_ring(struct engine *engine, struct pump *pump);
/* Unregister what a pump's ring has, unless a filter may forbid it. */
void engine_unregister(const struct engine *engine, struct pump *pump);
/* Give back what an idle context should not hold. */
void engine_release_idle(struct engine *engine);

/* Return true if it is a load's turn to take a slot; else it waits for that. */
bool engine_has_slot(struct seat *seat);
/* Take a slot for a chunk, with memory if it is not read in place. False if there is
 * none now: the load waits. */
bool engine_get_slot(struct seat *seat, struct slot *slot);
void engine_put_slot(struct seat *seat, struct slot *slot);
/* How long something was in flight until now, in ns. */
uint64_t engine_busy_ns(struct engine *engine);
/* How a load is to read from a disk. False if that is not known: then engine_learn() comes
 * first. */
bool engine_point(const struct seat *seat, const struct tuner_key *key,
		  struct tuning_point *point);
void engine_learn(const struct seat *seat, const struct tuner_key *key,
		  const struct disk_limits *disk);
/* Bytes of a large load have arrived, and so many are left: learn from that, unless others go
 * on beside it. */
void engine_note(const struct seat *seat, const struct tuner_key *key,
		 uint64_t bytes, uint64_t left);

/* Wait until engine->changes is no longer what it was, or until a time in ns on
 * CLOCK_MONOTONIC, unless that is 0. */
void engine_wait(struct engine *engine, unsigned seen, uint64_t until);
/* The same, or until something arrives by a pump, if anything is in flight by it. For one
 * thread at a time. */
void engine_wait_for_pump(struct engine *engine, struct pump *pump,
			  unsigned seen, uint64_t until);
/* Something has changed for those that wait. */
void engine_wake(struct engine *engine);
/* A load is about to do something that may take long: others need not wait behind it for a
 * slot. To be called before it does. */
void engine_yield(struct seat *seat);
/* The same, with what the load has in flight, which stays until it comes back. False if nothing
 * would be left for the others then: some of it has to arrive first. */
bool engine_pause(struct seat *seat);
/* Nothing happens to a load that is not away. */
void engine_resume(struct seat *seat);
/* Make a load urgent; for any thread. Those that wait for a slot look whose turn it is now. */
void engine_hurry(struct seat *seat);
/* At the end of a load's turn: whether it is blocked still, and waits for a slot. */
bool engine_is_blocked(struct seat *seat);

#endif
