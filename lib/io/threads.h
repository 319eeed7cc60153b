/* SPDX-License-Identifier: MIT */
/*
 * Receives: requests, from the one thread that uses the ring.
 * Hands on: their results, of a few threads that call preadv2(2) and pwrite(2).
 * Always:   a request is in one list; those that threads touch lie under the lock.
 */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>

#include "io/ring_ops.h"

/*
 * Measured against io_uring, with 8 requests of 1 MiB in flight, on two busy cores; the
 * medians of two or three times 25 to 31 interleaved rounds, as parts of its speed:
 *
 *	threads   in place           bounced
 *	2         0.88, 1.13         1.14, 1.70
 *	4         1.02, 1.31, 0.98   1.27, 1.81, 1.72
 *	6         1.06, 1.37, 1.02   1.48, 1.94, 1.49
 *	8         0.97, 1.28, 1.03   1.17, 1.36, 1.44
 *
 * and on the same cores when others left them alone, four: 0.96 and 1.12.
 *
 * Two leave the disk without work. Six have no clear gain over four. Eight lose what
 * four win: nothing is left over for a thread that is done with one, so that the disk
 * waits until the pump has copied and has got the CPU.
 */
#define THREADS_MAX 4u

struct work {
	struct work *next;
	struct ring_request request;
	int result;
};

struct list {
	struct work *first;
	struct work **end;
};

struct threads {
	struct ring ring;
	struct list free;
	struct list queued;

	pthread_mutex_t lock;
	/* There is something to be done, or never will be. */
	pthread_cond_t call;
	/* Something is done. */
	pthread_cond_t ready;
	struct list to_do;
	struct list done;
	/* Requests to be done, and being done. */
	unsigned unfinished;
	bool closing;
	/* A waiting thread is not to wait any longer. */
	bool woken;

	/* Started as they are needed; most is less where the kernel has refused
	 * one. */
	unsigned count;
	unsigned max;
	pthread_t threads[THREADS_MAX];
	struct work works[];
};

static inline struct threads *threads_of(struct ring *ring)
{
	return (struct threads *)ring;
}

static inline void list_init(struct list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static inline void list_put(struct list *list, struct work *work)
{
	work->next = NULL;
	*list->end = work;
	list->end = &work->next;
}

static inline struct work *list_pop(struct list *list)
{
	struct work *work = list->first;

	if (!work)
		return NULL;
	list->first = work->next;
	if (!list->first)
		list->end = &list->first;
	return work;
}

int threads_create(struct ring **out, unsigned depth);
void threads_destroy(struct ring *ring);
/* Start another thread. 0 or -errno. Locked. */
int threads_start(struct threads *threads);

#endif
