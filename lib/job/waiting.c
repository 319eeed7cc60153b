/* SPDX-License-Identifier: MIT */
#include "job/waiting.h"

#include <stddef.h>

#include "io/engine.h"
#include "job/claims.h"
#include "job/conflicts.h"
#include "load/load.h"

/* Loads that wait for an earlier one, in no order. */
static struct load *waiting;
/* Contexts with a load that need not wait any more. */
static struct owner *to_wake;

void waiting_hurry(struct load *load)
{
	for (; load && !load->seat.ticket.urgent; load = load->blocker)
		engine_hurry(&load->seat);
}

/* Wait for a conflicting load, and make it urgent if this one is. */
static void block_on(struct load *load, struct load *blocker)
{
	load->blocker = blocker;
	if (load->seat.ticket.urgent)
		waiting_hurry(blocker);
}

void waiting_begin(struct load *load, struct load *blocker)
{
	block_on(load, blocker);
	if (!blocker)
		return;
	load->next_waiting = waiting;
	waiting = load;
}

void waiting_end(struct load *load)
{
	struct load **at = &waiting;

	if (!load->blocker)
		return;
	while (*at && *at != load)
		at = &(*at)->next_waiting;
	if (*at)
		*at = load->next_waiting;
	load->blocker = NULL;
}

static void mark_to_wake(struct load *load)
{
	struct owner *owner = load->owner;

	if (owner->to_be_woken)
		return;
	owner->ref(owner);
	owner->to_be_woken = true;
	owner->next_to_wake = to_wake;
	to_wake = owner;
}

void waiting_release(const struct load *ended)
{
	struct load **at = &waiting, *load;

	while ((load = *at)) {
		if (load->blocker != ended) {
			at = &load->next_waiting;
			continue;
		}
		block_on(load, conflicts_find(load));
		if (load->blocker) {
			at = &load->next_waiting;
			continue;
		}
		*at = load->next_waiting;
		mark_to_wake(load);
	}
}

struct owner *waiting_pop_owner(void)
{
	struct owner *owner = to_wake;

	if (owner) {
		to_wake = owner->next_to_wake;
		owner->to_be_woken = false;
	}
	return owner;
}

void waiting_forget(void)
{
	waiting = NULL;
	to_wake = NULL;
}
