/* SPDX-License-Identifier: MIT */
#include "plan/intervals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void intervals_finish(struct intervals *set)
{
	free(set->items);
	*set = (struct intervals){ .items = NULL };
}

size_t intervals_find(const struct intervals *set, uint64_t at)
{
	size_t low = 0, high = set->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (set->items[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int reserve_one(struct intervals *set)
{
	const size_t room = set->room ? 2 * set->room : 16;
	struct interval *items = set->items;

	if (set->count < set->room)
		return 0;
	items = realloc(items, room * sizeof(*items));
	if (!items)
		return -ENOMEM;
	set->items = items;
	set->room = room;
	return 0;
}

int intervals_add(struct intervals *set, struct interval interval)
{
	size_t first, last;
	int r;

	if (interval.start >= interval.end)
		return 0;
	r = reserve_one(set);
	if (r < 0)
		return r;
	/* Replace the items that it overlaps or touches by one. */
	first = intervals_find(set, interval.start);
	if (first > 0 && set->items[first - 1].end == interval.start)
		first--;
	for (last = first; last < set->count &&
	     set->items[last].start <= interval.end; last++) {
		interval.start = min(interval.start, set->items[last].start);
		interval.end = max(interval.end, set->items[last].end);
	}
	memmove(set->items + first + 1, set->items + last,
		(set->count - last) * sizeof(set->items[0]));
	set->items[first] = interval;
	set->count = set->count - (last - first) + 1;
	return 0;
}

bool intervals_next(const struct intervals *set, struct interval interval,
		    struct interval *found)
{
	const size_t i = intervals_find(set, interval.start);

	if (interval.start >= interval.end || i == set->count ||
	    set->items[i].start >= interval.end)
		return false;
	found->start = max(set->items[i].start, interval.start);
	found->end = min(set->items[i].end, interval.end);
	return true;
}

bool intervals_gap(const struct intervals *set, struct interval interval,
		   struct interval *found)
{
	size_t i = intervals_find(set, interval.start);

	/* Items never touch, so there is a gap behind each. */
	if (i < set->count && set->items[i].start <= interval.start)
		interval.start = set->items[i++].end;
	if (interval.start >= interval.end)
		return false;
	found->start = interval.start;
	found->end = i < set->count ? min(set->items[i].start, interval.end) :
				      interval.end;
	return true;
}

uint64_t intervals_bytes(const struct intervals *set, struct interval interval)
{
	struct interval found;
	uint64_t bytes = 0;

	while (intervals_next(set, interval, &found)) {
		bytes += found.end - found.start;
		interval.start = found.end;
	}
	return bytes;
}
