/* SPDX-License-Identifier: MIT */
/*
 * Receives: loads that need slots, each with a ticket.
 * Hands on: a slot to the load whose turn it is: urgent ones first, else in the
 *           order of their requests.
 * Always:   the requests and bytes in flight stay within the context's limits.
 *           Plain arithmetic, no lock: the caller has one.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The place of a load among those that share the slots. Zeroed, except for
 * order. */
struct ticket {
	/* The lower one comes first. */
	uint64_t order;
	/* Any thread may set it at any time: see engine_hurry(). */
	_Atomic bool urgent;
	/* The ticket is in the list and waits for a slot. */
	bool waiting;
	/* The load takes another slot only while all loads together have fewer
	 * bytes in flight; 0: no limit but the budget's. */
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

/* Return true if a ticket is the next to get a slot, if there is room. */
bool budget_is_next(const struct budget *budget, const struct ticket *ticket);

/* Take a slot. If there is none, the ticket waits; return false. */
bool budget_get(struct budget *budget, struct ticket *ticket, uint64_t bytes);

/* Make a ticket wait, although there is room. */
void budget_wait(struct budget *budget, struct ticket *ticket);

/* Return a slot. */
void budget_put(struct budget *budget, uint64_t bytes);

/* Stop waiting. */
void budget_leave(struct budget *budget, struct ticket *ticket);

/* Return the ticket that gets the next slot, or NULL if none waits. */
struct ticket *budget_first(const struct budget *budget);

#endif
