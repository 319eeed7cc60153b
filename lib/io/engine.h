/* SPDX-License-Identifier: MIT */
/*
 * Receives: loads of a context that read or write with O_DIRECT.
 * Hands on: rings, of io_uring if permitted, else of threads; slots, in turn;
 *           and bounce memory.
 * Always:   made once, by the first load that needs it, and kept until the
 *           context ends or is trimmed. Any thread may call.
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
#include "io/hands.h"
#include "io/pool.h"
#include "io/tuner.h"

struct disk_limits;
struct seat;
struct pump;
struct slot;

struct engine {
	/* The context's configuration; never changes. chunk_bytes * queue_depth
	 * is the limit of bytes in flight, and the size of the pool. */
	uint32_t chunk_bytes;
	uint32_t queue_depth;
	/* The caller did not set the chunk size, or the depth. */
	bool any_chunk;
	bool any_depth;
	enum dmaload_engine kind;
	enum dmaload_syscalls syscalls;

	/* Protects everything below. */
	pthread_mutex_t lock;
	struct budget budget;
	/* Slots and bytes of paused loads; see
	 * engine_pause(). */
	unsigned paused_slots;
	uint64_t paused_bytes;
	/* The time in which any slot was in use, in ns; and when the present
	 * such time began. */
	uint64_t busy_ns;
	uint64_t busy_since;
	/* The settings that were found to suit the disks. */
	struct tuner tuner;
	/* Signaled when a slot is returned while a load waits, or after another
	 * change. Uses CLOCK_MONOTONIC. */
	pthread_cond_t changed;
	/* The number of changes; it may be read without the lock. */
	atomic_uint changes;
	/* Loads that have a pump. */
	unsigned loads;
	/* Rings made so far. */
	unsigned rings;
	struct pump *pumps;
	/* The pump whose ring has the pool registered. */
	struct pump *registered;
	/* The pool stays registered while no load uses it. */
	bool keeps;
	/* Why io_uring is forbidden; empty if it is not known to be
	 * forbidden. */
	char refused[DMALOAD_REASON_SIZE];

	/* Bounce memory, and memory for partly requested blocks. pool_lock
	 * protects making, registering and freeing them. It is taken before
	 * lock. */
	pthread_mutex_t pool_lock;
	struct pool pool;
	struct pool edges;

	/* Threads for transforms that may run at once. */
	struct hands hands;
};

/* Initialize an engine from a configuration without zeros, and from the one
 * that the caller passed. Return 0 or -ENOMEM. */
int engine_init(struct engine *engine, const struct dmaload_config *config,
		const struct dmaload_config *asked);
/* Free an engine that no load uses. */
void engine_finish(struct engine *engine);
/* Free what no load uses now. */
void engine_trim(struct engine *engine);
/* Close the inherited fds in a child of fork(), and touch nothing else. */
void engine_disown(struct engine *engine);

/* Get a pump for a thread, for one load or several; ringless: it never needs a
 * ring. Return NULL if there is no memory. engine_put_pump() returns it, when
 * nothing is in flight. */
struct pump *engine_get_pump(struct engine *engine, bool ringless);
void engine_put_pump(struct engine *engine, struct pump *pump);

/* Begin a load, with its own pump unless it shares one. Return 0 or -ENOMEM.
 * engine_leave() ends it. */
int engine_enter(struct seat *seat);
void engine_leave(struct seat *seat);

/* Get a ring for a load, once for each load. Return 0, or -errno with the
 * reason in why. */
int engine_open(struct seat *seat, char *why, size_t size);

/*
 * Get bounce memory. If the pool is smaller than configured and unused, make it
 * again, since memory may have become free. Return 0 and the state of the pool,
 * or -errno. If the pool is smaller, refused becomes the text of all refusals.
 */
int engine_need_pool(struct engine *engine, struct pool *now, char *refused,
		     size_t size);
/* Get memory for single blocks of a size. Return 0; -EBUSY if the memory for
 * smaller blocks is in use; or -errno. */
int engine_need_edges(struct engine *engine, uint32_t block);

/* Free the pools, unless there is a load. */
void engine_free_pools(struct engine *engine);

/* Register the pool with a load's ring, unless another ring has it. Return 0,
 * or -errno with the reason in why. */
int engine_register(struct seat *seat, char *why, size_t size);

/* Return the registered bytes. */
uint64_t engine_registered(struct engine *engine);
/* Return the bytes that are pinned for a load now. All registered memory counts,
 * whichever load registered it. */
uint64_t engine_pinned(const struct seat *seat);
/* Unregister the pool that an earlier load has left registered, unless another
 * load may use it. */
void engine_withdraw(struct seat *seat);

/* Free a pump's ring, if it has one. */
void engine_drop_ring(struct engine *engine, struct pump *pump);
/* Unregister the memory of a pump's ring, unless a filter may forbid it. */
void engine_unregister(const struct engine *engine, struct pump *pump);
/* Release what an idle context must not hold. */
void engine_release_idle(struct engine *engine);

/* Return true if it is a load's turn to take a slot; otherwise the load waits
 * in line. */
bool engine_has_slot(struct seat *seat);
/* Take a slot for a chunk, with memory if it is not read in place. Return false
 * if there is none now; then the load waits. */
bool engine_get_slot(struct seat *seat, struct slot *slot);
void engine_put_slot(struct seat *seat, struct slot *slot);
/* Return the time in which something was in flight so far, in ns. */
uint64_t engine_busy_ns(struct engine *engine);
/* Return how a load should read from a disk. Return false if the disk is
 * unknown: then call engine_learn() first. */
bool engine_point(const struct seat *seat, const struct tuner_key *key,
		  struct tuning_point *point);
void engine_learn(const struct seat *seat, const struct tuner_key *key,
		  const struct disk_limits *disk);
/* Count bytes of a large load that have arrived; left is how many are missing.
 * Learn from them, unless other loads run at the same time. */
void engine_note(const struct seat *seat, const struct tuner_key *key,
		 uint64_t bytes, uint64_t left);

/* Wait until engine->changes differs from seen, or until a time in ns on
 * CLOCK_MONOTONIC; 0: without a limit. */
void engine_wait(struct engine *engine, unsigned seen, uint64_t until);
/* Do the same, or wait until a request of the thread's pump completes. */
void engine_wait_for_pump(struct engine *engine, struct pump *pump,
			  unsigned seen, uint64_t until);
/* Notify the waiting threads of a change. */
void engine_wake(struct engine *engine);
/* Let other loads go first, before a load does something that may take long. */
void engine_yield(struct seat *seat);
/* Do the same while the load has requests in flight, which keep their slots
 * until the load resumes. Return false if too few slots would be left for other
 * loads: then some requests must complete first. */
bool engine_pause(struct seat *seat);
/* End engine_pause(). Does nothing for a load that is not paused. */
void engine_resume(struct seat *seat);
/* Make a load urgent, from any thread. Waiting loads check again whose turn it
 * is. */
void engine_hurry(struct seat *seat);
/* Return whether a load is still blocked at the end of its turn, and waits for
 * a slot. */
bool engine_is_blocked(struct seat *seat);

#endif
