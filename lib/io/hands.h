/* SPDX-License-Identifier: MIT */
/*
 * Receives: slots whose bytes a function of the caller may take in any thread.
 * Hands on: the same slots, when it has taken them.
 * Always:   a slot that was given comes back by hands_take() or by
 *           hands_finished(), each to its own seat. Any thread may call.
 */
#ifndef HANDS_H
#define HANDS_H

#include <pthread.h>
#include <stdbool.h>

struct seat;
struct slot;

/* The thread of each load works, too. */
#define HANDS_MAX 3

struct hands {
	pthread_mutex_t lock;
	/* There is a slot, or the threads must end. */
	pthread_cond_t call;
	/* A slot was finished. */
	pthread_cond_t done;
	struct slot *first;
	struct slot *last;
	pthread_t threads[HANDS_MAX];
	unsigned count;
	/* Threads without a slot, and with one; slots without a thread. */
	unsigned idle;
	unsigned working;
	unsigned waiting;
	bool closing;
};

/* Return 0 or -ENOMEM. */
int hands_init(struct hands *hands);
/* End the threads, unless one has a slot. */
void hands_trim(struct hands *hands);
/* Free the hands, which have no slot. */
void hands_destroy(struct hands *hands);

/* Give a slot, for whose bytes slot->work is called once. */
void hands_give(struct hands *hands, struct slot *slot);
/* Take the first slot of a seat back that a thread may begin, or return NULL.
 * hands_end() must follow, when all is done for its bytes. */
struct slot *hands_take(struct hands *hands, const struct seat *seat);
void hands_end(struct hands *hands, struct seat *seat);
/* Return a slot of a seat that a thread has finished, or NULL; wait: if the
 * threads have begun one, wait for it. */
struct slot *hands_finished(struct hands *hands, struct seat *seat, bool wait);

#endif
