/* SPDX-License-Identifier: MIT */
#include "transfer.h"

#include <assert.h>

#include "account.h"
#include "buffer.h"
#include "file.h"
#include "load.h"
#include "ring.h"

void transfer_turn(struct transfer *transfer, enum slot_state from,
		   enum slot_state to)
{
	assert(transfer->state == from);
	(void)from;
	transfer->state = to;
}

/* Blocks at the ends fit a small pool, which is all that a direct load has. */
static const struct pool *pool_of(const struct load *load,
				  const struct transfer *transfer)
{
	const struct bounce *bounce = load->bounce;

	if (transfer->path == DMALOAD_PATH_DIRECT && transfer->chunk.edge)
		return &bounce->edges;
	return &bounce->pool;
}

void *transfer_memory(struct load *load, const struct transfer *transfer)
{
	const struct chunk *chunk = &transfer->chunk;
	const struct pool *pool = pool_of(load, transfer);

	if (chunk->in_place)
		return (char *)load_buffer_of(load, chunk->route)->map +
		       chunk->buffer_offset;
	assert(pool->memory && chunk->length <= pool->slot_bytes);
	return pool_slot(pool, transfer->slot);
}

void transfer_queue(struct load *load, const struct transfer *transfer)
{
	const struct chunk *chunk = &transfer->chunk;

	ring_queue(load->ring, &(struct ring_request){
		.write = load->operation == DMALOAD_STORE,
		.fd = load_file_of(load, chunk->route)->file->direct_fd,
		.data = (char *)transfer_memory(load, transfer) +
			transfer->progress,
		.length = chunk->length - transfer->progress,
		.offset = chunk->file_offset + transfer->progress,
		.registered = load->report.pool_registered &&
			      !chunk->in_place &&
			      pool_of(load, transfer) == &load->bounce->pool,
		.tag = transfer->slot,
	});
	load->pump.queued = true;
	load->report.engine = load->engine;
	account_request(load);
}
