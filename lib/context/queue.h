/* SPDX-License-Identifier: MIT */
/*
 * Receives: jobs, from any number of threads.
 * Hands on: each job to the thread that runs it, once no earlier job conflicts.
 * Always:   a job that has ended is out of the queue, has nothing in flight and
 *           no claims. The caller holds the context's lock, unless a function
 *           says otherwise.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

struct dmaload_ctx;
struct dmaload_job;

/* Append a job. Return 0, or -ECANCELED if the context is being destroyed. */
int queue_enter(struct dmaload_job *job, struct dmaload_error *err);

/* Append a job, wait for its turn and run it in this thread, unless it ends
 * before. Return 0, or -errno if it could not be appended. Takes the lock
 * itself. */
int queue_run_here(struct dmaload_job *job, struct dmaload_error *err);

/* Mark a job as running. */
void queue_begin(struct dmaload_job *job);

/* End a job that has its result, or several of one context, linked by
 * next_done. Ending several wakes each waiting thread once. Both take the lock
 * themselves. */
void queue_end(struct dmaload_job *job);
void queue_end_all(struct dmaload_job *jobs);

/* Ask a job to stop, unless it is ending. Called with the lock held. */
void queue_request_stop(struct dmaload_job *job);
/* Stop a job, or all jobs. Jobs that wait for their turn end at once. Releases
 * the lock meanwhile. */
void queue_stop(struct dmaload_job *job);
void queue_stop_all(struct dmaload_ctx *ctx);
/* End a job that waits for its turn, if it was stopped or its deadline has
 * passed. Releases the lock meanwhile. */
void queue_end_if_stopped(struct dmaload_job *job);
/* Do the same for all jobs. Return the next deadline, or 0. */
uint64_t queue_expire(struct dmaload_ctx *ctx);

/* End all stopped jobs that wait for their turn. Takes the lock itself. */
void queue_end_stopped(struct dmaload_ctx *ctx);

/* Notify the queue that a waiting job may begin. Takes the lock itself. */
void queue_wake(struct dmaload_ctx *ctx);

/* Wait for a change, or until ns on CLOCK_MONOTONIC; 0: without a limit. May
 * return early: the caller checks its condition again. */
void queue_wait(struct dmaload_ctx *ctx, uint64_t ns);

/* Return the number of complete ranges of a job. */
size_t queue_complete(const struct dmaload_job *job);
/* Wake the threads that wait for a job or its ranges. */
void queue_notify(struct dmaload_job *job);

#endif
