/* SPDX-License-Identifier: MIT */
/*
 * Receives: the submitted jobs of a context.
 * Hands on: each to the worker or to the crew, when it may begin.
 * Always:   only the worker calls these functions. It holds the context's lock,
 *           unless a function says otherwise.
 */
#ifndef ROSTER_H
#define ROSTER_H

#include <stdbool.h>

struct dmaload_ctx;
struct dmaload_job;

/* Begin the jobs that may begin. */
void roster_begin(struct dmaload_ctx *ctx);
/* Return true if the worker has a job, or can have one as soon as it has a
 * pump. */
bool roster_has_work(const struct dmaload_ctx *ctx);

/* The functions below need no lock. */

/* Return true if the next step of a job would make other jobs wait. */
bool roster_needs_thread(const struct dmaload_job *job);
/* Hand a job of the worker to its own thread. Return false if no thread is
 * free. */
bool roster_hand_over(struct dmaload_ctx *ctx, struct dmaload_job *job);
/* Remove a job from the worker. The last job returns the pump, before its end
 * is reported: so an idle context uses nothing. */
void roster_remove(struct dmaload_ctx *ctx, struct dmaload_job *job);

#endif
