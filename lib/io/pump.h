/* SPDX-License-Identifier: MIT */
/*
 * Receives: slots that are queued.
 * Hands on: those that have arrived, each to the seat that it belongs to.
 * Always:   used by one thread at a time. It waits for requests that the kernel
 *           may still write to, also when the ring has failed.
 */
#ifndef PUMP_H
#define PUMP_H

#include <stdbool.h>

#include "io/slot.h"

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
	/* Those of them that the ring has not been told to submit. */
	unsigned queued;
	/* For engine.c: a thread uses it. */
	bool in_use;
	struct pump *next;
};

/* NULL without memory. */
struct pump *pump_new(void);
/* Nothing is in flight. */
void pump_destroy(struct pump *pump);
void pump_drop_ring(struct pump *pump);

/* NULL: none is free. */
struct slot *pump_free_slot(struct pump *pump);

/* Submit what is queued and, if told to, wait until something has arrived. */
void pump_reap(struct pump *pump, bool wait);

/* The same, but wait until ns on CLOCK_MONOTONIC, 0: for ever; or until the ring is woken. */
void pump_wait(struct pump *pump, uint64_t until);

/* Return true if the disk has no more requests than are queued for it: it may
 * soon be idle. */
bool pump_is_short(const struct pump *pump);

/* Return true if a read or write in place is in flight. */
bool seat_is_in_place(const struct seat *seat);

/* The slots of one seat: the next one behind another, the first one behind NULL, that is
 * not free; NULL if there are no more. */
struct slot *pump_next(struct pump *pump, const struct seat *seat,
		       struct slot *behind);

#endif
