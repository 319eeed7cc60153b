/* SPDX-License-Identifier: MIT */
#include "load/claim.h"

#include <stdlib.h>

static int by_start(const void *a, const void *b)
{
	const struct interval *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

void claim_merge(struct claim *claim, bool *overlaps, uint64_t *overlap)
{
	struct interval *all = claim->intervals, *last = all;
	size_t i;

	*overlaps = false;
	if (claim->count == 0)
		return;
	qsort(all, claim->count, sizeof(*all), by_start);
	for (i = 1; i < claim->count; i++) {
		if (all[i].start < last->end && !*overlaps) {
			*overlaps = true;
			*overlap = all[i].start;
		}
		if (all[i].start > last->end)
			*++last = all[i];
		else if (all[i].end > last->end)
			last->end = all[i].end;
	}
	claim->count = (size_t)(last - all) + 1;
	claim->bounds = (struct interval){ all->start, last->end };
}

bool claim_meet(const struct claim *a, const struct claim *b, uint64_t *where)
{
	size_t i = 0, j = 0;

	if (a->bounds.end <= b->bounds.start || b->bounds.end <= a->bounds.start)
		return false;
	while (i < a->count && j < b->count) {
		if (a->intervals[i].end <= b->intervals[j].start) {
			i++;
		} else if (b->intervals[j].end <= a->intervals[i].start) {
			j++;
		} else {
			*where = a->intervals[i].start > b->intervals[j].start ?
				 a->intervals[i].start : b->intervals[j].start;
			return true;
		}
	}
	return false;
}
