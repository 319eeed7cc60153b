/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with its plan.
 * Hands on: chunk after chunk to the path that its route has; what arrived, to the
 *           sink.
 * Always:   a step that returns 0 or a failure leaves nothing in flight; what a
 *           path has declined is back in the plan.
 */
#ifndef PUMP_H
#define PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer.h"

struct load;

#define SLOTS_MAX 64

struct pump {
	struct transfer slots[SLOTS_MAX];
	unsigned depth;
	/* Slots that may be taken: fewer, where the pool has fewer. */
	unsigned limit;
	/* Slots that are not free, and those of them that fly. */
	unsigned taken;
	unsigned flying;
	/* Requests that the ring has not been told to submit. */
	bool queued;
	/* Those that have arrived, in the order in which they did. */
	unsigned arrived[SLOTS_MAX];
	unsigned first_arrived;
	unsigned n_arrived;
	/* 0 while all is well, or -errno. */
	int outcome;
};

void pump_init(struct pump *pump, unsigned depth);

/* Begin what there is room for, and wait for some of it. 1 if there is more to be
 * done, 0 if all is done, or -errno. */
int pump_step(struct load *load);

/* Let nothing new begin and wait for what is in flight. Returns code, or the
 * failure that came before it. */
int pump_stop(struct load *load, int code);

/* Wait until nothing is in flight. 0 or the outcome. */
int pump_drain(struct load *load);

/* Wait until no read or write in place is in flight. 0 or the outcome. */
int pump_settle(struct load *load);

/* All bytes of the plan before this position are in their place. */
uint64_t pump_position(const struct load *load);

#endif
