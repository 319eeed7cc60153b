/* SPDX-License-Identifier: MIT */
/*
 * Receives: loads with their plans.
 * Hands on: chunk after chunk to the path that its route has; what arrived, to the
 *           sink.
 * Always:   used by one thread at a time. A step that returns 0 or a failure leaves
 *           nothing of the load in flight; what a path has declined is back in the
 *           plan.
 */
#ifndef PUMP_H
#define PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "io/slot.h"

struct load;
struct ring;

#define SLOTS_MAX 64

/* A ring, and what is in flight by it. */
struct pump {
	/* NULL: none yet; and by which engine it is. */
	struct ring *ring;
	enum dmaload_engine kind;
	/* Which of the engine's rings, from 1. */
	unsigned number;
	/* It has failed, and serves for waiting only. */
	bool broken;
	struct slot slots[SLOTS_MAX];
	/* Requests of all loads that have not completed. */
	unsigned in_flight;
	/* There are some that the ring has not been told to submit. */
	bool queued;
	/* For engine.c: a thread uses it. */
	bool in_use;
	struct pump *next;
};

/* NULL without memory. */
struct pump *pump_new(void);
/* Nothing is in flight. */
void pump_destroy(struct pump *pump);
void pump_drop_ring(struct pump *pump);

/*
 * Begin what there is room for, and take in some of what has arrived. 1 if there is
 * more to be done, 0 if all is done, or -errno. *idle: nothing can be done before
 * something arrives.
 */
int pump_step(struct load *load, bool *idle);

/* Submit what is queued and, if told to, wait until something has arrived. */
void pump_reap(struct pump *pump, bool wait);

/* The rest of a chunk that has arrived in part, or not at all, once more. */
void pump_again(struct slot *slot);

/* Let nothing new begin and wait for what is in flight. Returns code, or the
 * failure that came before it. */
int pump_stop(struct load *load, int code);

/* Wait until nothing of a load is in flight. 0 or the outcome. */
int pump_drain(struct load *load);

/* Whether a read or write in place is in flight. */
bool pump_is_in_place(const struct load *load);

/* Wait until no read or write in place is in flight. 0 or the outcome. */
int pump_settle(struct load *load);

/* All bytes of the plan before this position are in their place. */
uint64_t pump_position(const struct load *load);

#endif
