/* SPDX-License-Identifier: MIT */
/* Returned chunks, and the position before which all bytes were taken. */
#include "plan/plan.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A load that waits for its turn, or declines a path, returns no more than
 * this. */
#define ROOM_FIRST 8u

static int make_room(struct plan *plan)
{
	const size_t room = plan->returned_room ? 2 * plan->returned_room :
						  ROOM_FIRST;
	struct remaining *returned;

	if (plan->n_returned < plan->returned_room)
		return 0;
	returned = realloc(plan->returned, room * sizeof(*returned));
	if (!returned)
		return -ENOMEM;
	plan->returned = returned;
	plan->returned_room = room;
	return 0;
}

static uint64_t position_of(const struct plan *plan,
			    const struct remaining *remaining)
{
	const struct extent *extent = &plan->extents[remaining->extent];

	return extent->position + remaining->start - extent->file_offset;
}

int plan_return(struct plan *plan, const struct chunk *chunk)
{
	const uint64_t start = chunk->file_offset + chunk->skip;
	struct remaining *at;

	if (make_room(plan) < 0)
		return -ENOMEM;
	at = &plan->returned[plan->n_returned++];
	for (; at > plan->returned && position_of(plan, at - 1) < chunk->position; at--)
		*at = at[-1];
	*at = (struct remaining){
		.extent = chunk->extent,
		.start = start,
		.end = start + chunk->data_length,
		/* Its copy from the page cache has failed once. */
		.evicted = chunk->cached,
	};
	return 0;
}

int plan_shorten(struct plan *plan, struct chunk *chunk, uint32_t arrived)
{
	struct chunk remaining = *chunk;

	assert(chunk->skip == 0 && chunk->wanted == chunk->data_length);
	if (arrived == chunk->wanted)
		return 0;
	remaining.file_offset += arrived;
	remaining.data_length -= arrived;
	remaining.position += arrived;
	if (plan_return(plan, &remaining) < 0)
		return -ENOMEM;
	chunk->wanted = chunk->data_length = chunk->length = arrived;
	return 0;
}

void plan_end(struct plan *plan, uint64_t position)
{
	plan->n_returned = 0;
	plan->remaining.extent = plan->count;
	plan->total = position;
}

uint64_t plan_position(const struct plan *plan)
{
	if (plan->n_returned > 0)
		return position_of(plan, &plan->returned[plan->n_returned - 1]);
	return plan->remaining.extent < plan->count ?
	       position_of(plan, &plan->remaining) : plan->total;
}
