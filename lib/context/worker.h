/* SPDX-License-Identifier: MIT */
/*
 * Receives: the submitted jobs of a context.
 * Hands on: the results of jobs that wait only for the ring, moved on in turn
 *           by one thread; the others go to the crew.
 * Always:   the caller holds the context's lock.
 */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

#include "sys/filter.h"

struct dmaload_ctx;
struct dmaload_job;
struct pump;

struct worker {
	bool started;
	pthread_t thread;
	/* The worker's jobs, and what they share. */
	struct dmaload_job *jobs;
	unsigned count;
	struct pump *pump;
	/* The system calls that its thread may make. The first job queries
	 * them, and the answer holds until the last job is about to end:
	 * reading /proc takes as long as some loads. */
	struct filter filter;
	/* Jobs that have their result and will be ended together. */
	struct dmaload_job *ended;
	struct dmaload_job **ended_end;
	/* How many jobs may have a turn before it checks the queue. */
	unsigned turns;
	/* The order of the ordinary job whose turn is next, and of the urgent
	 * one; 0: the first. */
	uint64_t next_order[2];
	/* Check which jobs may begin or have to end: now, or at this time; 0:
	 * never. */
	atomic_bool check_queue;
	uint64_t deadline;
};

/* Start the worker's thread. Return 0 or -errno. */
int worker_start(struct dmaload_ctx *ctx, struct dmaload_error *err);
/* Wake the worker, since there is something new for it. */
void worker_wake(struct dmaload_ctx *ctx);
/* Wait for the thread to end, when the context is closing and has no jobs left.
 * Takes the lock itself. */
void worker_join(struct dmaload_ctx *ctx);

#endif
