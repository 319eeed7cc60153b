/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with its plan.
 * Hands on: chunk after chunk to the path of its route; completed chunks to the
 *           sink.
 * Always:   when a step returns 0 or a failure, nothing of the load is in
 *           flight. Chunks that a path declined are back in the plan.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>

struct load;

/*
 * Begin as many chunks as there are slots, and handle some completions. Return
 * 1 if there is more to do, 0 if all is done, or -errno. *idle: nothing can be
 * done before a completion.
 */
int pipeline_step(struct load *load, bool *idle);

/* Begin no chunk, and wait until nothing is in flight. Return code, or the
 * failure that came before it. */
int pipeline_stop(struct load *load, int code);

/* Wait until nothing of a load is in flight. Return 0 or the outcome. */
int pipeline_drain(struct load *load);

/* Wait until no read or write in place is in flight. Return 0 or the
 * outcome. */
int pipeline_settle(struct load *load);

/* Wait until enough slots are left for other loads, before something that may
 * take long while this load keeps its slots. Call engine_resume()
 * afterwards. Return 0 or the outcome. */
int pipeline_pause(struct load *load);

#endif
