/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <assert.h>

static uint64_t round_down(uint64_t value, uint32_t unit)
{
	return value & ~((uint64_t)unit - 1);
}

static uint64_t round_up(uint64_t value, uint32_t unit)
{
	return round_down(value + unit - 1, unit);
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void plan_init(struct plan *plan, const struct extent *range)
{
	plan->rest = *range;
	plan->n_returned = 0;
}

/* Blocks of the file begin where the buffer's alignment suits a read. */
static bool congruent(const struct extent *extent, const struct geometry *geometry)
{
	uint64_t to_block = round_up(extent->file_offset, geometry->block) -
			    extent->file_offset;

	return (extent->buffer_offset + to_block) % geometry->mem_align == 0;
}

/*
 * The end of the chunk that begins with the extent, as a file offset.
 *
 * Chunks end at multiples of the chunk size, so that after the first one they
 * are aligned to whatever the disk likes best. Where reading in place is
 * possible, the blocks that are not wanted as a whole are cut off from those
 * that are: such a block must not be read into the buffer, where it would
 * overwrite the neighbours of the range. That holds for the last block of the
 * file too, since the kernel may write what lies beyond its end. So where reading
 * in place is possible, a chunk that is not read in place is one block.
 */
static uint64_t chunk_end(const struct extent *extent,
			  const struct geometry *geometry, bool *in_place)
{
	const uint64_t start = extent->file_offset;
	const uint64_t end = start + extent->length;
	const uint64_t boundary = round_down(start, geometry->chunk) +
				  geometry->chunk;
	const uint64_t whole_end = round_down(end, geometry->block);
	const uint64_t first = round_up(start, geometry->block);

	*in_place = false;
	if (!geometry->in_place)
		return min(end, boundary);
	if (first > start)
		return min(first, end);
	if (start >= whole_end)
		return end;
	*in_place = congruent(extent, geometry);
	return min(whole_end, boundary);
}

static struct extent *current(struct plan *plan)
{
	if (plan->n_returned > 0)
		return &plan->returned[plan->n_returned - 1];
	return &plan->rest;
}

bool plan_take(struct plan *plan, const struct geometry *geometry,
	       struct chunk *chunk)
{
	struct extent *extent = current(plan);
	uint64_t start, end, last;
	uint32_t want;

	if (extent->length == 0)
		return false;

	last = chunk_end(extent, geometry, &chunk->in_place);
	start = round_down(extent->file_offset, geometry->block);
	end = round_up(last, geometry->block);
	want = (uint32_t)(last - extent->file_offset);

	chunk->file_offset = start;
	chunk->length = (uint32_t)(end - start);
	chunk->skip = (uint32_t)(extent->file_offset - start);
	chunk->want = want;
	chunk->buffer_offset = extent->buffer_offset;

	extent->file_offset += want;
	extent->buffer_offset += want;
	extent->length -= want;
	if (extent->length == 0 && plan->n_returned > 0)
		plan->n_returned--;
	return true;
}

void plan_return(struct plan *plan, const struct chunk *chunk)
{
	assert(plan->n_returned < PLAN_RETURNED_MAX);
	plan->returned[plan->n_returned++] = (struct extent){
		.file_offset = chunk->file_offset + chunk->skip,
		.buffer_offset = chunk->buffer_offset,
		.length = chunk->want,
	};
}

/* Calls test for everything that is left; true if it is for any. */
static bool any_left(const struct plan *plan, const struct geometry *geometry,
		     bool (*test)(const struct extent *,
				  const struct geometry *))
{
	size_t i;

	for (i = 0; i < plan->n_returned; i++)
		if (test(&plan->returned[i], geometry))
			return true;
	return plan->rest.length > 0 && test(&plan->rest, geometry);
}

static bool has_whole_block(const struct extent *extent,
			    const struct geometry *geometry)
{
	const uint64_t end = extent->file_offset + extent->length;

	return round_up(extent->file_offset, geometry->block) <
	       round_down(end, geometry->block);
}

static bool misplaced(const struct extent *extent,
		      const struct geometry *geometry)
{
	return has_whole_block(extent, geometry) && !congruent(extent, geometry);
}

static bool has_edges(const struct extent *extent,
		      const struct geometry *geometry)
{
	return !congruent(extent, geometry) ||
	       extent->file_offset % geometry->block != 0 ||
	       extent->length % geometry->block != 0;
}

bool plan_fits_in_place(const struct plan *plan,
			const struct geometry *geometry)
{
	return !any_left(plan, geometry, misplaced);
}

bool plan_has_edges(const struct plan *plan, const struct geometry *geometry)
{
	return any_left(plan, geometry, has_edges);
}
