/* SPDX-License-Identifier: MIT */
/*
 * Receives: jobs, from any number of threads.
 * Hands on: each to who does it, as soon as no earlier job is in its way.
 * Always:   a job that has ended is out of the queue, has nothing in flight, and
 *           claims nothing. The caller holds the context's lock, unless it says
 *           otherwise.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

struct dmaload_ctx;
struct dmaload_job;

/* To the end of it. 0, or -ECANCELED if the context is being destroyed. */
int queue_enter(struct dmaload_job *job, struct dmaload_error *err);

/* Enter, wait for the turn, and do the job here, unless it has ended before. 0; or
 * -errno if it could not enter. Takes the lock itself. */
int queue_run_here(struct dmaload_job *job, struct dmaload_error *err);

/* A thread begins to do a job. */
void queue_begin(struct dmaload_job *job);

/* A job has its result: end it. The same for several of a context, which next_done links:
 * that wakes those who wait for them once. Both take the lock themselves. */
void queue_end(struct dmaload_job *job);
void queue_end_all(struct dmaload_job *jobs);

/* Stop a job, or all: those that wait for their turn end at once. Lets the lock go
 * meanwhile. */
void queue_stop(struct dmaload_job *job);
void queue_stop_all(struct dmaload_ctx *ctx);
/* End a job that waits for its turn, if it is to stop or its deadline has passed. Lets the
 * lock go meanwhile. */
void queue_end_if_stopped(struct dmaload_job *job);
/* The same for all. Returns the next deadline, or 0. */
uint64_t queue_expire(struct dmaload_ctx *ctx);

/* End all that wait for their turn and are to stop. Takes the lock itself. */
void queue_end_stopped(struct dmaload_ctx *ctx);

/* A job may begin that had to wait. Takes the lock itself. */
void queue_wake(struct dmaload_ctx *ctx);

/* Until something changes, or until ns on CLOCK_MONOTONIC; 0: for ever. May return
 * early: the caller checks its condition again. */
void queue_wait(struct dmaload_ctx *ctx, uint64_t ns);

/* Ranges of a job that are complete. */
size_t queue_complete(const struct dmaload_job *job);
/* Those who wait for ranges of a job may learn something, or have. */
void queue_notify(struct dmaload_job *job);

#endif
