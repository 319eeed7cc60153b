/* SPDX-License-Identifier: MIT */
/*
 * Make extents of ranges that the caller has sorted: neighbors become one.
 */
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int plan_compare(const void *a, const void *b)
{
	const struct request_range *one = a, *other = b;
	int order = compare(one->priority, other->priority);

	if (order == 0)
		order = compare(one->file, other->file);
	if (order == 0)
		order = compare(one->file_offset, other->file_offset);
	if (order == 0)
		order = compare(one->buffer_offset, other->buffer_offset);
	return order ? order : compare(one->index, other->index);
}

static int append(struct plan *plan, struct extent extent)
{
	struct extent *extents = plan->extents;
	size_t room;

	if (plan->count == plan->room) {
		room = plan->room ? 2 * plan->room : 4;
		extents = realloc(extents, room * sizeof(*extents));
		if (!extents)
			return -ENOMEM;
		plan->extents = extents;
		plan->room = room;
	}
	extent.position = plan->total;
	plan->total += extent.length;
	plan->extents[plan->count++] = extent;
	return 0;
}

static bool continues(const struct extent *extent,
		      const struct request_range *range)
{
	return extent->route == range->route &&
	       extent->file_offset + extent->length == range->file_offset &&
	       extent->buffer_offset + extent->length == range->buffer_offset;
}

int plan_create(struct plan *plan, const struct request_range *ranges,
		size_t count, uint32_t unit,
		const struct intervals **resident, uint64_t resident_min)
{
	struct extent extent;
	size_t i = 0, first;
	int r = 0;

	*plan = (struct plan){ .unit = unit, .resident = resident,
			       .resident_min = resident_min };
	while (r == 0 && i < count) {
		extent = (struct extent){
			.file_offset = ranges[i].file_offset,
			.buffer_offset = ranges[i].buffer_offset,
			.length = ranges[i].length,
			.file = ranges[i].file,
			.route = ranges[i].route,
			.level = plan->levels,
		};
		first = i;
		while (++i < count && unit == 0 &&
		       ranges[i].priority == ranges[first].priority &&
		       continues(&extent, &ranges[i]))
			extent.length += ranges[i].length;

		r = append(plan, extent);
		if (i == count || ranges[i].priority != ranges[first].priority)
			plan->levels++;
	}
	if (r < 0) {
		plan_destroy(plan);
		return r;
	}
	plan->remaining = (struct remaining){
		.start = plan->extents[0].file_offset,
		.end = UINT64_MAX,
	};
	return 0;
}

void plan_destroy(struct plan *plan)
{
	free(plan->extents);
	free(plan->returned);
	free(plan->resident);
	*plan = (struct plan){ .extents = NULL };
}
