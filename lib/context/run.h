/* SPDX-License-Identifier: MIT */
/*
 * Receives: a job that may begin.
 * Hands on: its result.
 * Always:   done by one thread at a time, which holds no lock.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

struct dmaload_job;

/* Move a job on: true if there is more to be done, false when job->result is there.
 * *idle: something has to arrive, or to change in the engine, before. */
bool run_turn(struct dmaload_job *job, bool *idle);

/* Do all of a job, or the rest of it, here. */
void run_alone(struct dmaload_job *job);

#endif
