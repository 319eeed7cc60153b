/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with its plan.
 * Hands on: chunk after chunk to the path that its route has; what arrived, to the
 *           sink.
 * Always:   a step that returns 0 or a failure leaves nothing of the load in flight;
 *           what a path has declined is back in the plan.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

struct load;

/*
 * Begin what there is room for, and take in some of what has arrived. 1 if there is
 * more to be done, 0 if all is done, or -errno. *idle: nothing can be done before
 * something arrives.
 */
int pipeline_step(struct load *load, bool *idle);

/* Let nothing new begin and wait for what is in flight. Returns code, or the
 * failure that came before it. */
int pipeline_stop(struct load *load, int code);

/* Wait until nothing of a load is in flight. 0 or the outcome. */
int pipeline_drain(struct load *load);

/* Wait until no read or write in place is in flight. 0 or the outcome. */
int pipeline_settle(struct load *load);

/* Before something that may take long, for as long as which the load keeps what it has in
 * flight: wait until enough is left for other loads. engine_resume() follows. 0 or the
 * outcome. */
int pipeline_pause(struct load *load);

/* All bytes of the plan before this position are in their place. */
uint64_t pipeline_position(const struct load *load);

#endif
