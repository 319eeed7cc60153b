/* SPDX-License-Identifier: MIT */
/* The places of a chunk's bytes, which may belong to several extents. */
#include "plan/plan.h"

static uint64_t end_of(const struct plan *plan, size_t i)
{
	return plan->extents[i].file_offset + plan->extents[i].length;
}

struct walk plan_walk(const struct chunk *chunk)
{
	return (struct walk){
		.extent = chunk->extent,
		.at = chunk->file_offset + chunk->skip,
		.end = chunk->file_offset + chunk->skip + chunk->data_length,
	};
}

bool plan_is_one_piece(const struct plan *plan, const struct chunk *chunk)
{
	return chunk->file_offset + chunk->skip + chunk->data_length <=
	       end_of(plan, chunk->extent);
}

bool plan_piece(const struct plan *plan, struct walk *walk,
		struct piece *piece)
{
	const struct extent *extent = &plan->extents[walk->extent];
	uint64_t end;

	if (walk->at >= walk->end)
		return false;
	end = end_of(plan, walk->extent);
	*piece = (struct piece){
		.file_offset = walk->at,
		.buffer_offset = extent->buffer_offset + walk->at -
				 extent->file_offset,
		.length = (uint32_t)((end < walk->end ? end : walk->end) -
				      walk->at),
		.extent = walk->extent,
	};
	walk->at += piece->length;
	walk->extent++;
	if (walk->at < walk->end)
		walk->at = plan->extents[walk->extent].file_offset;
	return true;
}
