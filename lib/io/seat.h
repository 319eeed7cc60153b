/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load that wants slots of an engine.
 * Hands on: what the engine has to know of it, and no more.
 * Always:   used by the thread that moves the load on; the ticket's urgency alone may
 *           be changed by others.
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
	/* The pump that moves the load's chunks; NULL before engine_enter() and
	 * after engine_leave(), unless other loads share it. */
	struct pump *pump;
	/* It never needs a ring: it reads a stream, or by the buffered path alone. */
	bool ringless;
	bool shared;
	/* The engine counts it. */
	bool entered;
	/* Its turn for a slot, and whether it waits for one. */
	struct ticket ticket;
	bool blocked;
	/* As ticket.bytes_max, which it becomes when the load asks for a slot. */
	uint64_t bytes_max;
	/* Slots that are not free, with their bytes, and those of them that are in
	 * flight. */
	unsigned taken;
	uint64_t bytes;
	unsigned in_flight;
	/* What it holds of them while its thread is away. */
	unsigned paused_slots;
	uint64_t paused_bytes;
	/* Those that have arrived, in the order in which they did. */
	struct slot *arrived;
	struct slot *last_arrived;
	/* The last wait that was counted. */
	uint64_t waited_at;

	/* The ring is chosen at the first chunk that wants it; ring_error says why there
	 * is none. ring_failure: it has failed with requests of the load in flight, of
	 * which nothing is left. */
	bool ring_chosen;
	unsigned ring_number;
	int ring_error;
	int ring_failure;
	/* The pool is as large as it can be for this load; it was offered to the ring,
	 * which has registered it; an earlier load's registration was withdrawn. */
	bool pool_settled;
	bool pool_offered;
	bool registered;
	bool withdrawn;
};

#endif
