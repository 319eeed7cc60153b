/* SPDX-License-Identifier: MIT */
/*
 * Receives: loads that want slots, each with a ticket.
 * Hands on: a slot to the load whose turn it is: urgent ones first, else in the order
 *           of their requests.
 * Always:   no more requests and bytes are in flight than a context may have. Plain
 *           arithmetic, no lock: the caller has one.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The place of a load among those that share the slots. Zeroed but for order. */
struct ticket {
	/* Lower comes first. */
	uint64_t order;
	/* It may be lent at any time, by any thread: see engine_hurry(). */
	_Atomic bool urgent;
	/* It waits for a slot: in the list. */
	bool waiting;
	/* Bytes in flight of all loads together that it takes another slot beside; 0: as
	 * many as the budget has. */
	uint64_t bytes_max;
	/* Slots that urgent loads took while it was the first ordinary one. */
	unsigned overtaken;
	struct ticket *next;
};

struct budget {
	unsigned slots_max;
	uint64_t bytes_max;
	unsigned slots;
	uint64_t bytes;
	struct ticket *waiting;
};

/* Return true if it is a ticket's turn, if there is room for a slot. */
bool budget_is_next(const struct budget *budget, const struct ticket *ticket);

/* Take a slot. If there is none, the ticket waits: false. */
bool budget_get(struct budget *budget, struct ticket *ticket, uint64_t bytes);

/* A ticket waits, although there is room. */
void budget_wait(struct budget *budget, struct ticket *ticket);

/* Give a slot back. */
void budget_put(struct budget *budget, uint64_t bytes);

/* Wait no longer. */
void budget_leave(struct budget *budget, struct ticket *ticket);

/* The ticket that is to get the next slot; NULL if none waits. */
struct ticket *budget_first(const struct budget *budget);

#endif
