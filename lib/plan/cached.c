/* SPDX-License-Identifier: MIT */
/*
 * Which bytes of a plan are copied from the page cache.
 *
 * A short row of resident pages would split a disk read in two, which costs
 * more than reading it again. So only long rows count, and those that make up a
 * whole extent.
 */
#include "plan/plan.h"

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct interval bounds_of(const struct extent *extent)
{
	return (struct interval){ extent->file_offset,
				  extent->file_offset + extent->length };
}

struct remaining *plan_remaining(struct plan *plan)
{
	if (plan->n_returned > 0)
		return &plan->returned[plan->n_returned - 1];
	return plan->remaining.extent < plan->count ? &plan->remaining : NULL;
}

static const struct remaining *remaining_of(const struct plan *plan)
{
	return plan_remaining((struct plan *)plan);
}

bool plan_is_empty(const struct plan *plan)
{
	return !remaining_of(plan);
}

/* Return up to where more requested bytes of the same file follow, each near
 * the one before. */
static uint64_t end_ahead(const struct plan *plan,
			  const struct remaining *remaining,
			  uint64_t ahead)
{
	const struct extent *first = &plan->extents[remaining->extent], *next = first;
	const uint64_t limit_at = remaining->start > UINT64_MAX - ahead ? UINT64_MAX :
							       remaining->start + ahead;
	uint64_t end = bounds_of(first).end;
	size_t i;

	for (i = remaining->extent + 1; i < plan->count && end < limit_at; i++) {
		next = &plan->extents[i];
		if (next->file != first->file || next->level != first->level ||
		    next->file_offset + next->length > limit_at)
			break;
		if (bounds_of(next).end > end)
			end = bounds_of(next).end;
	}
	return min(end, limit_at);
}

bool plan_peek(const struct plan *plan, uint64_t ahead, struct place *place)
{
	const struct remaining *remaining = remaining_of(plan);
	const struct extent *extent;

	if (!remaining)
		return false;
	extent = &plan->extents[remaining->extent];
	*place = (struct place){
		.route = extent->route,
		.level = extent->level,
		.file = extent->file,
		.interval = { remaining->start, end_ahead(plan, remaining, ahead) },
	};
	return true;
}

/* Find the first resident bytes of an extent that are worth a copy. */
static bool next_worth(const struct plan *plan, const struct extent *extent,
		       uint64_t from, struct interval *found)
{
	const struct intervals *resident = plan->resident[extent->file];
	const struct interval bounds = bounds_of(extent);
	const uint64_t enough = min(plan->resident_min, extent->length);
	size_t i = intervals_find(resident, from);
	uint64_t start, end;

	for (; i < resident->count && resident->items[i].start < bounds.end; i++) {
		start = resident->items[i].start > bounds.start ?
			resident->items[i].start : bounds.start;
		end = min(resident->items[i].end, bounds.end);
		if (end - start < enough)
			continue;
		*found = (struct interval){ start > from ? start : from, end };
		return true;
	}
	return false;
}

/* Return true if the extent after this one may be read along with it. */
static bool follows(const struct plan *plan, const struct extent *extent,
		    uint64_t limit)
{
	const struct extent *next = extent + 1;

	return next < plan->extents + plan->count &&
	       next->route == extent->route && next->level == extent->level &&
	       next->file_offset >= bounds_of(extent).end &&
	       next->file_offset < limit;
}

bool plan_is_cached(const struct plan *plan)
{
	const struct remaining *remaining = remaining_of(plan);
	struct interval found;

	const struct extent *extent;

	if (!plan->resident || remaining->evicted)
		return false;
	extent = &plan->extents[remaining->extent];
	/* Resident bytes that end within the first unit are of no use. */
	return next_worth(plan, extent, remaining->start, &found) &&
	       found.start == remaining->start &&
	       plan_cut(plan, extent, found.end) > found.start;
}

bool plan_limit_cached(const struct plan *plan, uint64_t *limit)
{
	const struct remaining *remaining = remaining_of(plan);
	const struct extent *extent = &plan->extents[remaining->extent];
	const bool cached = plan_is_cached(plan);
	uint64_t at = remaining->start;
	struct interval found;
	bool worth;

	if (!plan->resident || remaining->evicted)
		return false;
	worth = next_worth(plan, extent, at, &found);
	while (!worth && follows(plan, extent, *limit)) {
		at = (++extent)->file_offset;
		worth = next_worth(plan, extent, at, &found);
	}
	if (worth)
		*limit = min(*limit, cached ? found.end : found.start);
	return cached;
}
