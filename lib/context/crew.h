/* SPDX-License-Identifier: MIT */
/*
 * Receives: jobs that may wait for something other than the ring.
 * Hands on: a thread for each.
 * Always:   only the worker adds jobs. The caller holds the context's lock,
 *           unless a function says otherwise.
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
	/* An idle thread has a job, or must end. */
	pthread_cond_t call;
	/* Threads without a job. */
	unsigned idle;
	/* Jobs that have a thread, without those that wait for a stream. */
	unsigned limited;
	/* Jobs whose thread is about to start them. */
	struct dmaload_job *first;
	/* Wake the worker when a job ends. */
	bool wanted;
};

/* Provide a thread for a job. Return 0. Return -EBUSY if all threads are busy;
 * the worker is woken when one may be free. Return -EAGAIN if no thread can be
 * started and none will be free. */
int crew_prepare(struct dmaload_ctx *ctx, const struct dmaload_job *job);

/* Run a job on its own thread. Return false if no thread is free and none can
 * be started. */
bool crew_run(struct dmaload_ctx *ctx, struct dmaload_job *job);

/* End the idle threads, or all threads once no jobs are left. Takes the lock
 * itself. */
void crew_trim(struct dmaload_ctx *ctx, bool all);

#endif
