/* SPDX-License-Identifier: MIT */
/*
 * Receives: a job that may begin.
 * Hands on: its result.
 * Always:   one thread at a time runs a job, and holds no lock.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

struct dmaload_job;

/* Move a job on. Return true if there is more to do, false when job->result is
 * set. *idle: nothing can be done before a completion or a change of the
 * engine. */
bool run_turn(struct dmaload_job *job, bool *idle);

/* Run a job to its end, from wherever it stands. */
void run_alone(struct dmaload_job *job);

#endif
