/* SPDX-License-Identifier: MIT */
#include "job/order.h"

#include "io/pump.h"
#include "io/slot.h"
#include "job/store.h"
#include "load/load.h"

/* Return the position of the first chunk that is not past a state. */
static uint64_t first_until(const struct load *load, enum slot_state state)
{
	uint64_t first = plan_position(&load->plan);
	struct slot *slot = NULL;

	while ((slot = pump_next(load->seat.pump, &load->seat, slot)))
		if (slot->state <= state && slot->chunk.position < first)
			first = slot->chunk.position;
	return first;
}

uint64_t order_position(const struct load *load)
{
	return store_position(load, first_until(load, SLOT_COPYING));
}

/* Other threads may still copy chunks that the caller has seen. */
bool order_is_next(const struct load *load, const struct chunk *chunk)
{
	return !(load->request.transform.flags & DMALOAD_PIECES_IN_ORDER) ||
	       chunk->position <= first_until(load, SLOT_ARRIVED);
}

void order_hold(struct load *load, struct slot *slot)
{
	struct slot **at = &load->seat.held;

	while (*at && (*at)->chunk.position < slot->chunk.position)
		at = &(*at)->next;
	slot->next = *at;
	*at = slot;
}

struct slot *order_take(struct load *load)
{
	struct slot *slot = load->seat.held;

	if (!slot || !order_is_next(load, &slot->chunk))
		return NULL;
	load->seat.held = slot->next;
	return slot;
}

struct slot *order_take_last(struct load *load)
{
	struct slot **at = &load->seat.held;
	struct slot *slot;

	while (*at && (*at)->next)
		at = &(*at)->next;
	slot = *at;
	*at = NULL;
	return slot;
}
