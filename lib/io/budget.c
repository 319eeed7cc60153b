/* SPDX-License-Identifier: MIT */
#include "io/budget.h"

#include <assert.h>
#include <stddef.h>

/* An ordinary load gets a slot after this number of urgent ones, so no load
 * starves. */
#define OVERTAKEN_MAX 16u

static bool precedes(const struct ticket *a, const struct ticket *b)
{
	return a->urgent != b->urgent ? a->urgent : a->order < b->order;
}

static struct ticket *first_ordinary(const struct budget *budget)
{
	struct ticket *first = NULL, *ticket;

	for (ticket = budget->waiting; ticket; ticket = ticket->next)
		if (!ticket->urgent && (!first || precedes(ticket, first)))
			first = ticket;
	return first;
}

struct ticket *budget_first(const struct budget *budget)
{
	struct ticket *first = first_ordinary(budget), *ticket;

	if (first && first->overtaken >= OVERTAKEN_MAX)
		return first;
	for (ticket = budget->waiting; ticket; ticket = ticket->next)
		if (!first || precedes(ticket, first))
			first = ticket;
	return first;
}

static uint64_t bytes_max(const struct budget *budget,
			  const struct ticket *ticket)
{
	return ticket->bytes_max > 0 ? ticket->bytes_max : budget->bytes_max;
}

bool budget_is_next(const struct budget *budget, const struct ticket *ticket)
{
	const struct ticket *first = budget_first(budget);

	if (budget->slots >= budget->slots_max ||
	    (budget->bytes >= bytes_max(budget, ticket) && budget->bytes > 0))
		return false;
	if (!first || first == ticket)
		return true;
	return first->overtaken < OVERTAKEN_MAX && precedes(ticket, first);
}

void budget_wait(struct budget *budget, struct ticket *ticket)
{
	if (ticket->waiting)
		return;
	ticket->waiting = true;
	ticket->next = budget->waiting;
	budget->waiting = ticket;
}

bool budget_get(struct budget *budget, struct ticket *ticket, uint64_t bytes)
{
	struct ticket *ordinary;

	/* A chunk longer than the limit goes alone. */
	if (!budget_is_next(budget, ticket) ||
	    (budget->slots > 0 && budget->bytes + bytes > bytes_max(budget, ticket))) {
		budget_wait(budget, ticket);
		return false;
	}
	budget_leave(budget, ticket);
	budget->slots++;
	budget->bytes += bytes;
	ticket->overtaken = 0;
	ordinary = ticket->urgent ? first_ordinary(budget) : NULL;
	if (ordinary)
		ordinary->overtaken++;
	return true;
}

void budget_put(struct budget *budget, uint64_t bytes)
{
	assert(budget->slots > 0 && budget->bytes >= bytes);
	budget->slots--;
	budget->bytes -= bytes;
}

void budget_leave(struct budget *budget, struct ticket *ticket)
{
	struct ticket **at = &budget->waiting;

	if (!ticket->waiting)
		return;
	while (*at != ticket)
		at = &(*at)->next;
	*at = ticket->next;
	ticket->waiting = false;
}
