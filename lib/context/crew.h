/* SPDX-License-Identifier: MIT */
/*
 * Receives: jobs that may wait for something else than the ring.
 * Hands on: a thread for each.
 * Always:   the caller holds the context's lock, unless it says otherwise.
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
	unsigned count;
	unsigned idle;
	/* Jobs that wait for a thread. */
	struct dmaload_job *first;
};

/* Have a job done by a thread of its own. False if there is none, and none can be
 * started. */
bool crew_take(struct dmaload_ctx *ctx, struct dmaload_job *job);

/* End the threads that have nothing to do; or all, when there are no jobs any more. Takes
 * the lock itself. */
void crew_trim(struct dmaload_ctx *ctx, bool all);

#endif
