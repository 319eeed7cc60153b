/* SPDX-License-Identifier: MIT */
#include "io/slot.h"

#include <assert.h>

#include "file/file.h"
#include "io/engine.h"
#include "io/ring.h"
#include "load/account.h"
#include "load/load.h"
#include "load/pump.h"
#include "sys/sys.h"

void slot_turn(struct slot *slot, enum slot_state from, enum slot_state to)
{
	assert(slot->state == from);
	(void)from;
	slot->state = to;
}

static bool is_registered(const struct slot *slot)
{
	return slot->load->report.pool_registered && !slot->chunk.in_place &&
	       !(slot->path == DMALOAD_PATH_DIRECT && slot->chunk.edge);
}

static struct ring_request request_of(const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;

	return (struct ring_request){
		.write = slot->load->operation == DMALOAD_STORE,
		.fd = load_file_of(slot->load, chunk->route)->file->direct_fd,
		.data = (char *)slot->memory + slot->progress,
		.length = chunk->length - slot->progress,
		.offset = chunk->file_offset + slot->progress,
		.registered = is_registered(slot),
		.tag = slot->index,
	};
}

void slot_queue(struct slot *slot)
{
	struct load *load = slot->load;
	const struct ring_request request = request_of(slot);

	ring_queue(load->pump->ring, &request);
	load->pump->queued = true;
	load->pump->in_flight++;
	load->in_flight++;
	load->report.engine = load->pump->kind;
	account_request(load);
}

void slot_perform(struct slot *slot)
{
	struct load *load = slot->load;
	const struct ring_request request = request_of(slot);
	uint64_t start;

	account_request(load);
	start = sys_now();
	slot->result = (int)(request.write ?
		sys_write_at(request.fd, request.data, request.length,
			     request.offset) :
		sys_read_at(request.fd, request.data, request.length,
			    request.offset, 0));
	load->report.read_ns += sys_now() - start;
}

void slot_arrived(struct slot *slot)
{
	struct load *load = slot->load;

	slot->next = NULL;
	if (load->arrived)
		load->last_arrived->next = slot;
	else
		load->arrived = slot;
	load->last_arrived = slot;
}
