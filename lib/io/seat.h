/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load that needs slots of an engine.
 * Hands on: the part of the load that the engine needs, and no more.
 * Always:   used by the thread that moves the load on. Other threads may change
 *           only the ticket's urgency.
 */
#ifndef SEAT_H
#define SEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/budget.h"

struct engine;
struct pump;
struct slot;
struct stats;

struct seat {
	struct engine *engine;
	struct stats *stats;
	/* The pump that moves the load's chunks. It is NULL before
	 * engine_enter() and after engine_leave(), unless loads share it. */
	struct pump *pump;
	/* The load never needs a ring: it reads a stream, or uses only the
	 * buffered path. */
	bool ringless;
	bool shared;
	/* The engine counts it. */
	bool entered;
	/* Its turn for a slot, and whether it waits for one. */
	struct ticket ticket;
	bool blocked;
	/* Becomes ticket.bytes_max when the load requests a slot. */
	uint64_t bytes_max;
	/* Slots that are not free, their bytes, and those of them that are in
	 * flight. */
	unsigned taken;
	uint64_t bytes;
	unsigned in_flight;
	/* The slots and bytes that it holds while it is paused. */
	unsigned paused_slots;
	uint64_t paused_bytes;
	/* The completed slots, in the order of their completion. */
	struct slot *arrived;
	struct slot *last_arrived;
	/* Completed slots of a load in order that wait for their turn, by
	 * position. */
	struct slot *held;
	/* Slots that were given to other threads and not collected; those of
	 * them that a thread has begun, and the finished ones: see io/hands.h,
	 * whose lock protects the last two. serial: one is begun at a time, in
	 * the order in which they were given; after stopped, none is. */
	bool serial;
	bool stopped;
	uint64_t stopped_at;
	unsigned given;
	unsigned begun;
	struct slot *finished;
	/* The last wait that was counted. */
	uint64_t waited_at;

	/* The ring is chosen at the first chunk that needs one. ring_error: why
	 * there is none. ring_failure: the ring failed with requests of the
	 * load in flight, and all of them are done. */
	bool ring_chosen;
	unsigned ring_number;
	int ring_error;
	int ring_failure;
	/* The pool is as large as it can be for this load; it was offered to
	 * the ring, which has registered it; an earlier load's registration was
	 * withdrawn. */
	bool pool_settled;
	bool pool_offered;
	bool registered;
	bool withdrawn;
};

#endif
