/* SPDX-License-Identifier: MIT */
/*
 * Receives: jobs that may wait for something else than the ring.
 * Hands on: a thread for each.
 * Always:   only the worker gives it jobs. The caller holds the context's lock, unless
 *           it says otherwise.
 */
#ifndef CREW_H
#define CREW_H

#include <pthread.h>
#include <stdbool.h>

struct dmaload_ctx;
struct dmaload_job;
struct member;

struct crew {
	struct member *members;
	/* There is a job for one that is idle, or it is to end. */
	pthread_cond_t call;
	/* Those that have no job. */
	unsigned idle;
	/* Jobs that have a thread, but for those that wait for a stream. */
	unsigned limited;
	/* Jobs whose thread is about to take them. */
	struct dmaload_job *first;
	/* The worker is to be woken when a job has ended. */
	bool wanted;
};

/* Have a thread for a job. 0; -EBUSY if there is none now: the worker is woken when there may
 * be; -EAGAIN if none can be started, and none will be free. */
int crew_prepare(struct dmaload_ctx *ctx, const struct dmaload_job *job);

/* Have a job done by a thread of its own. False if there is none, and none can be started. */
bool crew_run(struct dmaload_ctx *ctx, struct dmaload_job *job);

/* End the threads that have nothing to do; or all, when there are no jobs any more. Takes
 * the lock itself. */
void crew_trim(struct dmaload_ctx *ctx, bool all);

#endif
