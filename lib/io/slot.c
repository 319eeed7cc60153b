/* SPDX-License-Identifier: MIT */
#include "io/slot.h"

#include <assert.h>

#include "io/engine.h"
#include "io/pump.h"
#include "io/ring.h"
#include "io/seat.h"
#include "report/stats.h"
#include "sys/sys.h"

void slot_turn(struct slot *slot, enum slot_state from, enum slot_state to)
{
	assert(slot->state == from);
	(void)from;
	slot->state = to;
}

static bool is_registered(const struct slot *slot)
{
	return slot->seat->registered && !slot->chunk.in_place &&
	       !(slot->path == DMALOAD_PATH_DIRECT && slot->chunk.edge);
}

static struct ring_request request_of(const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;

	return (struct ring_request){
		.write = slot->write,
		.fd = slot->fd,
		.data = (char *)slot->memory + slot->progress,
		.length = chunk->length - slot->progress,
		.offset = chunk->file_offset + slot->progress,
		.registered = is_registered(slot),
		.tag = slot->index,
	};
}

void slot_queue(struct slot *slot)
{
	struct seat *seat = slot->seat;
	const struct ring_request request = request_of(slot);

	ring_queue(seat->pump->ring, &request);
	seat->pump->queued++;
	seat->pump->in_flight++;
	seat->in_flight++;
	stats_engine(seat->stats, seat->pump->kind);
	stats_request(seat->stats);
}

void slot_perform(struct slot *slot)
{
	struct seat *seat = slot->seat;
	const struct ring_request request = request_of(slot);
	uint64_t start;

	stats_request(seat->stats);
	start = sys_now();
	slot->result = (int)(request.write ?
		sys_write_at(request.fd, request.data, request.length,
			     request.offset) :
		sys_read_at(request.fd, request.data, request.length,
			    request.offset, 0));
	stats_read(seat->stats, sys_now() - start);
}

void slot_arrived(struct slot *slot)
{
	struct seat *seat = slot->seat;

	slot->next = NULL;
	if (seat->arrived)
		seat->last_arrived->next = slot;
	else
		seat->arrived = slot;
	seat->last_arrived = slot;
}

void slot_again(struct slot *slot)
{
	if (slot->here) {
		slot_perform(slot);
		slot_arrived(slot);
	} else {
		slot_turn(slot, SLOT_ARRIVED, SLOT_IN_FLIGHT);
		slot_queue(slot);
	}
}

void slot_release(struct slot *slot, enum slot_state from)
{
	slot_turn(slot, from, SLOT_FREE);
	engine_put_slot(slot->seat, slot);
	slot->seat->taken--;
}
