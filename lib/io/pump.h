/* SPDX-License-Identifier: MIT */
/*
 * Receives: queued slots.
 * Hands on: completed slots, each to its seat.
 * Always:   one thread at a time uses it. Even after a failure of the ring, it
 *           waits for requests whose memory the kernel may still write.
 */
#ifndef PUMP_H
#define PUMP_H

#include <stdbool.h>

#include "io/slot.h"

struct ring;

#define SLOTS_MAX 64

/* A ring, and what is in flight by it. */
struct pump {
	/* The ring, or NULL; and its engine. */
	struct ring *ring;
	enum dmaload_engine kind;
	/* Which of the engine's rings, from 1. */
	unsigned number;
	/* The ring has failed; it can only be waited for. */
	bool broken;
	struct slot slots[SLOTS_MAX];
	/* Requests of all loads that have not completed. */
	unsigned in_flight;
	/* Those of them that were not submitted yet. */
	unsigned queued;
	/* For engine.c: a thread uses the pump; it waits in the ring, and must
	 * be woken on changes. */
	bool in_use;
	bool asleep;
	struct pump *next;
};

/* Create a pump, or return NULL without memory. */
struct pump *pump_new(void);
/* Destroy a pump. Nothing may be in flight. */
void pump_destroy(struct pump *pump);
void pump_drop_ring(struct pump *pump);

/* Return a free slot, or NULL. */
struct slot *pump_free_slot(struct pump *pump);

/* Submit the queued slots, optionally wait for a completion, and collect the
 * completed ones. */
void pump_reap(struct pump *pump, bool wait);

/* Do the same, but wait until ns on CLOCK_MONOTONIC, 0: without a limit; or
 * until the ring is woken. */
void pump_wait(struct pump *pump, uint64_t until);

/* Return true if the disk has no more requests than are queued for it: it may
 * soon be idle. */
bool pump_is_short(const struct pump *pump);

/* Return true if a read or write in place is in flight. */
bool seat_is_in_place(const struct seat *seat);

/* Iterate over the slots of a seat that are not free. Begin with NULL; return
 * NULL at the end. */
struct slot *pump_next(struct pump *pump, const struct seat *seat,
		       struct slot *behind);

#endif
