/* SPDX-License-Identifier: MIT */
/*
 * Receives: requests, from the one thread that uses the ring.
 * Hands on: their results, from a few threads that call preadv2(2) and
 *           pwrite(2).
 * Always:   a request is in one list. The lock protects the lists that threads
 *           use.
 */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>

#include "io/ring_ops.h"

/*
 * Speed as a fraction of io_uring's: the medians of two or three series of 25 to
 * 31 interleaved rounds, with 8 requests of 1 MiB in flight, on two busy cores.
 *
 *	threads   in place           bounced
 *	2         0.88, 1.13         1.14, 1.70
 *	4         1.02, 1.31, 0.98   1.27, 1.81, 1.72
 *	6         1.06, 1.37, 1.02   1.48, 1.94, 1.49
 *	8         0.97, 1.28, 1.03   1.17, 1.36, 1.44
 *
 * On the same cores without other work, four threads: 0.96 and 1.12.
 *
 * Two threads leave the disk without work. Six have no clear gain over four.
 * Eight lose what four gain: a thread that is done finds no next request. The
 * disk then waits until the pump has copied and got the CPU.
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
	/* Signaled when there is a request to do, or the threads must end. */
	pthread_cond_t call;
	/* Signaled when a request is done. */
	pthread_cond_t ready;
	struct list to_do;
	struct list done;
	/* Requests to be done, and being done. */
	unsigned unfinished;
	bool closing;
	/* A waiting thread must return. */
	bool woken;

	/* Threads are started when they are needed. max becomes smaller when
	 * the kernel refuses one. */
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
/* Start another thread. Return 0 or -errno. Called with the lock held. */
int threads_start(struct threads *threads);

#endif
