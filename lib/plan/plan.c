/* SPDX-License-Identifier: MIT */
/*
 * Cutting extents into reads.
 *
 * Chunks end at multiples of the chunk size in the file. So all but the first
 * are aligned as the disk likes best.
 *
 * A read into a slot may serve several extents, if they lie close together in
 * the file. The bytes in the gaps are read and not used. So ten thousand small
 * ranges cost the disk as much as one large one. A gap is never larger than the
 * requested bytes next to it. A write serves extents that lie side by side,
 * since the bytes in a gap must stay as they are.
 *
 * If blocks may be read in place, partly requested blocks are cut off. Such a
 * block must not be read into the buffer, where it would overwrite the
 * neighbors of the range. The last block of the file is cut off too, since the
 * kernel may write beyond its end. A store must not write such blocks as a
 * whole either. These are the edges: chunks of one block, of which only a part
 * is requested.
 */
#include "plan/plan.h"

/* The largest gap that is read between two extents. */
#define GAP_MAX 16384u

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

static uint64_t end_of(const struct extent *extent)
{
	return extent->file_offset + extent->length;
}

/* Return true if the blocks of the file begin where the buffer's alignment
 * suits a read. */
static bool congruent(const struct extent *extent, const struct geometry *geometry)
{
	uint64_t to_block = round_up(extent->file_offset, geometry->block) -
			    extent->file_offset;

	return (extent->buffer_offset + to_block) % geometry->mem_align == 0;
}

uint64_t plan_cut(const struct plan *plan, const struct extent *extent,
		  uint64_t limit)
{
	if (plan->unit == 0 || limit >= end_of(extent) ||
	    limit < extent->file_offset)
		return limit;
	return limit - (limit - extent->file_offset) % plan->unit;
}

/*
 * Return the end of the longest chunk from start. Where units straddle the
 * multiples of the chunk size, chunks cannot end there: instead each begins
 * with the block in which the last one ended.
 */
static uint64_t longest(const struct plan *plan, const struct geometry *geometry,
			uint64_t start)
{
	const uint32_t grid = plan->unit != 0 ? geometry->block : geometry->chunk;

	return round_down(start, grid) + geometry->chunk;
}

/*
 * Return true if the extent after this one, which ends at end, may share its
 * read; or its write, which allows no gap.
 */
static bool joins(const struct plan *plan, size_t i, uint64_t end,
		  uint64_t limit, const struct geometry *geometry)
{
	const struct extent *one = &plan->extents[i], *next = one + 1;
	uint64_t allowed;

	if (i + 1 == plan->count || next->route != one->route ||
	    next->level != one->level ||
	    next->file_offset < end || next->file_offset >= limit)
		return false;
	allowed = min(GAP_MAX, min(one->length, next->length));
	if (allowed < geometry->block)
		allowed = geometry->block;
	return next->file_offset - end <= (geometry->whole ? 0 : allowed);
}

static bool shares(const struct plan *plan, size_t i,
		   const struct geometry *geometry)
{
	const struct extent *extent = &plan->extents[i];

	if (!geometry->share || extent->length >= geometry->small)
		return false;
	return joins(plan, i, end_of(extent), UINT64_MAX, geometry) ||
	       (i > 0 && joins(plan, i - 1, end_of(extent - 1), UINT64_MAX,
			       geometry));
}

/* Return the end of the part of an extent that a chunk up to limit has. */
static uint64_t part_end(const struct plan *plan, const struct extent *extent,
			 uint64_t limit)
{
	return min(end_of(extent), plan_cut(plan, extent, limit));
}

/*
 * Find the bytes that may be read into a slot, up to the limit, over several
 * extents. *last becomes the last of them.
 */
static uint64_t gather(const struct plan *plan, struct chunk *chunk,
		       uint64_t start, uint64_t limit,
		       const struct geometry *geometry, size_t *last)
{
	const struct extent *extent = &plan->extents[*last];
	uint64_t end = part_end(plan, extent, limit), next;

	chunk->wanted = (uint32_t)(end - start);
	while (!chunk->cached && end == end_of(extent) &&
	       joins(plan, *last, end, limit, geometry)) {
		next = part_end(plan, ++extent, limit);
		if (next <= extent->file_offset)
			break;
		end = next;
		chunk->wanted += (uint32_t)(end - extent->file_offset);
		++*last;
	}
	return end;
}

/* Find the whole blocks that may be moved, up to stop; or the edge before or
 * behind them. */
static uint64_t cut_whole(struct chunk *chunk, uint64_t start, uint64_t stop,
			  uint32_t block)
{
	const uint64_t whole_end = round_down(stop, block);
	const uint64_t first = round_up(start, block);
	uint64_t end;

	chunk->edge = first > start || start >= whole_end;
	if (first > start)
		end = min(first, stop);
	else if (start >= whole_end)
		end = stop;
	else
		end = whole_end;
	chunk->wanted = (uint32_t)(end - start);
	return end;
}

/* Do the same for a slot, and add extents that follow without a gap. */
static uint64_t gather_whole(const struct plan *plan, struct chunk *chunk,
			     uint64_t start, uint64_t limit,
			     const struct geometry *geometry, size_t *last)
{
	uint64_t stop = end_of(&plan->extents[*last]), end;
	size_t i = *last;

	while (geometry->share && joins(plan, i, stop, limit, geometry))
		stop = end_of(&plan->extents[++i]);
	/* With units this is a stream: its blocks have one byte. */
	stop = min(stop, plan_cut(plan, &plan->extents[i], limit));
	end = cut_whole(chunk, start, stop, geometry->block);
	while (end_of(&plan->extents[*last]) < end)
		++*last;
	return end;
}

/* Move on behind a chunk that ends at end, in extent number last. */
static void advance(struct plan *plan, struct remaining *remaining, size_t last,
		    uint64_t end)
{
	remaining->extent = last;
	remaining->start = end;
	if (end == end_of(&plan->extents[last]) &&
	    ++remaining->extent < plan->count)
		remaining->start = plan->extents[remaining->extent].file_offset;
	if (remaining != &plan->remaining && end >= remaining->end)
		plan->n_returned--;
}

void plan_get(struct plan *plan, const struct geometry *geometry,
	      struct chunk *chunk)
{
	struct remaining *remaining = plan_remaining(plan);
	const struct extent *extent = &plan->extents[remaining->extent];
	const uint64_t start = remaining->start;
	const uint64_t most = min(remaining->end,
				  longest(plan, geometry, start));
	uint64_t limit = most, end;
	size_t last = remaining->extent;
	const bool cached = plan_limit_cached(plan, &limit);

	/* A unit that is resident in part is read as a whole. */
	if (plan_cut(plan, extent, limit) <= start)
		limit = most;

	*chunk = (struct chunk){
		.file_offset = round_down(start, geometry->block),
		.buffer_offset = extent->buffer_offset + start -
				 extent->file_offset,
		.position = extent->position + start - extent->file_offset,
		.extent = last,
		.route = extent->route,
		.level = extent->level,
		.in_place = geometry->in_place && congruent(extent, geometry) &&
			    !shares(plan, last, geometry),
		.cached = cached,
	};
	if (chunk->in_place)
		end = cut_whole(chunk, start, min(end_of(extent), limit),
				geometry->block);
	else if (geometry->whole)
		end = gather_whole(plan, chunk, start, limit, geometry, &last);
	else
		end = gather(plan, chunk, start, limit, geometry, &last);
	if (chunk->edge)
		chunk->in_place = false;

	chunk->length = (uint32_t)(round_up(end, geometry->block) -
				   chunk->file_offset);
	chunk->skip = (uint32_t)(start - chunk->file_offset);
	chunk->data_length = (uint32_t)(end - start);
	advance(plan, remaining, last, end);
}

/* Resident bytes count too: they may be evicted before their turn comes. */
static void survey_extent(const struct plan *plan, size_t i,
			  const struct geometry *geometry,
			  struct survey *survey)
{
	const struct extent *extent = &plan->extents[i];
	const uint64_t end = end_of(extent);

	if (!congruent(extent, geometry))
		survey->misplaced++;
	else if (shares(plan, i, geometry))
		survey->small++;
	else
		survey->fitting++;
	if (extent->file_offset % geometry->block || end % geometry->block)
		survey->edges = true;
}

struct survey plan_survey(const struct plan *plan, uint32_t route, size_t first,
			  size_t last, const struct geometry *geometry)
{
	struct survey survey = { .fitting = 0 };

	for (; first < last; first++)
		if (plan->extents[first].route == route)
			survey_extent(plan, first, geometry, &survey);
	return survey;
}
