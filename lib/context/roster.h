/* SPDX-License-Identifier: MIT */
/*
 * Receives: the jobs of a context that nobody waits for.
 * Hands on: each to the worker or to the crew, when it may begin.
 * Always:   called by the worker alone, with the context's lock held unless it says
 *           otherwise.
 */
#ifndef ROSTER_H
#define ROSTER_H

#include <stdbool.h>

struct dmaload_ctx;
struct dmaload_job;

/* Begin what may begin. */
void roster_begin(struct dmaload_ctx *ctx);
/* Return whether the worker has a job, or can have one as soon as it has a pump. */
bool roster_has_work(const struct dmaload_ctx *ctx);

/* The others hold no lock. */

/* Return whether other jobs would have to wait for what a job does next. */
bool roster_needs_thread(const struct dmaload_job *job);
/* Give a job of the worker to a thread of its own. False if there is none for it now. */
bool roster_hand_over(struct dmaload_ctx *ctx, struct dmaload_job *job);
/* Take a job out of the worker's. The last one takes the pump along, before anybody knows
 * that it has ended: then nothing of the context is in use. */
void roster_remove(struct dmaload_ctx *ctx, struct dmaload_job *job);

#endif
