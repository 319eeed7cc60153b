/* SPDX-License-Identifier: MIT */
/*
 * Receives: the jobs of a context that nobody waits for.
 * Hands on: all that need not wait for anything but the ring, in turn, by one thread; the
 *           others to the crew.
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
	/* Its jobs, and what they share. */
	struct dmaload_job *jobs;
	unsigned count;
	struct pump *pump;
	/* The calls that its thread may make. The first of its jobs asks for
	 * it, and the answer holds until the last one is about to end: /proc
	 * takes as long as some loads. */
	struct filter filter;
	/* Jobs that have their result and are about to be ended together. */
	struct dmaload_job *ended;
	struct dmaload_job **ended_end;
	/* How many may have a turn before it looks up. */
	unsigned turns;
	/* The ordinary job whose turn is next, and the urgent one, by its ticket; 0: the
	 * first. */
	uint64_t next_order[2];
	/* It is to see which jobs may begin or have to end; or at this time, 0: never. */
	atomic_bool check_queue;
	uint64_t deadline;
};

/* 0 or -errno. */
int worker_start(struct dmaload_ctx *ctx, struct dmaload_error *err);
/* There is something new for it. */
void worker_wake(struct dmaload_ctx *ctx);
/* The context is closing, and has no job left: wait for the end of the thread. Takes the
 * lock itself. */
void worker_join(struct dmaload_ctx *ctx);

#endif
