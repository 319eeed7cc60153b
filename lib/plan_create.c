/* SPDX-License-Identifier: MIT */
/*
 * From ranges to extents: sorted by whoever calls, neighbours become one; and what
 * the page cache holds is told apart from what it does not.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>

#include "residency.h"

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int plan_compare(const void *a, const void *b)
{
	const struct want *one = a, *other = b;
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
		room = plan->room ? 2 * plan->room : 16;
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

/* The first part of an extent, up to an offset in the file, is cut off it. */
static int append_until(struct plan *plan, struct extent *extent, uint64_t until,
			bool cached)
{
	struct extent part = *extent;

	part.length = until - extent->file_offset;
	part.cached = cached;
	extent->file_offset += part.length;
	extent->buffer_offset += part.length;
	extent->length -= part.length;
	return part.length > 0 ? append(plan, part) : 0;
}

static int append_split(struct plan *plan, struct extent extent,
			const struct residency *before, uint64_t cached_min)
{
	const uint64_t start = extent.file_offset;
	const uint64_t end = start + extent.length;
	size_t i = residency_find(before, start);
	uint64_t from, to;
	int r = 0;

	if (extent.length < cached_min)
		cached_min = extent.length;
	for (; r == 0 && i < before->count && before->runs[i].start < end; i++) {
		from = before->runs[i].start > start ? before->runs[i].start :
						       start;
		to = before->runs[i].end < end ? before->runs[i].end : end;
		if (to - from < cached_min)
			continue;
		r = append_until(plan, &extent, from, false);
		if (r == 0)
			r = append_until(plan, &extent, to, true);
	}
	return r < 0 || extent.length == 0 ? r : append(plan, extent);
}

static bool continues(const struct extent *extent, const struct want *want)
{
	return extent->route == want->route &&
	       extent->file_offset + extent->length == want->file_offset &&
	       extent->buffer_offset + extent->length == want->buffer_offset;
}

int plan_create(struct plan *plan, const struct want *wants, size_t count,
		const struct residency *const *before, uint64_t cached_min)
{
	struct extent extent;
	size_t i = 0, first;
	int r = 0;

	*plan = (struct plan){ .levels = 0 };
	while (r == 0 && i < count) {
		extent = (struct extent){
			.file_offset = wants[i].file_offset,
			.buffer_offset = wants[i].buffer_offset,
			.length = wants[i].length,
			.route = wants[i].route,
			.level = plan->levels,
		};
		first = i;
		while (++i < count && wants[i].priority == wants[first].priority &&
		       continues(&extent, &wants[i]))
			extent.length += wants[i].length;

		r = before ? append_split(plan, extent, before[wants[first].file],
					  cached_min) : append(plan, extent);
		if (i == count || wants[i].priority != wants[first].priority)
			plan->levels++;
	}
	if (r < 0) {
		plan_destroy(plan);
		return r;
	}
	plan->rest = (struct rest){
		.start = plan->extents[0].file_offset,
		.end = UINT64_MAX,
	};
	return 0;
}

void plan_destroy(struct plan *plan)
{
	free(plan->extents);
	*plan = (struct plan){ .extents = NULL };
}
