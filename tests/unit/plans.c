/* SPDX-License-Identifier: MIT */
#include "plans.h"

#include <stdlib.h>

void plans_expect(struct plan *plan, const struct geometry *geometry,
		   struct read expected)
{
	struct chunk chunk;
	struct place place;
	bool cached;

	assert_true(plan_peek(plan, 0, &place));
	cached = plan_is_cached(plan);
	plan_get(plan, geometry, &chunk);
	assert_int_equal(chunk.route, place.route);
	assert_int_equal(chunk.cached, cached);
	assert_int_equal(chunk.file_offset, expected.file_offset);
	assert_int_equal(chunk.length, expected.length);
	assert_int_equal(chunk.skip, expected.skip);
	assert_int_equal(chunk.wanted, expected.wanted);
	assert_int_equal(chunk.buffer_offset, expected.buffer_offset);
	assert_int_equal(chunk.in_place, expected.in_place);
}

void plans_expect_end(struct plan *plan)
{
	assert_true(plan_is_empty(plan));
	assert_int_equal(plan_position(plan), plan->total);
	plan_destroy(plan);
}

struct plan plans_of(struct request_range *ranges, size_t count)
{
	struct plan plan;

	qsort(ranges, count, sizeof(*ranges), plan_compare);
	assert_int_equal(plan_create(&plan, ranges, count, 0, NULL, 0), 0);
	return plan;
}

struct plan plans_one(uint64_t file_offset, uint64_t buffer_offset,
			    uint64_t length)
{
	struct request_range range = {
		.file_offset = file_offset,
		.buffer_offset = buffer_offset,
		.length = length,
	};

	return plans_of(&range, 1);
}

struct geometry plans_in_place(uint32_t block, uint32_t align, uint32_t chunk)
{
	return (struct geometry){ .block = block, .mem_align = align,
				  .chunk = chunk, .in_place = true };
}

struct geometry plans_bounced(uint32_t block, uint32_t chunk)
{
	return (struct geometry){ .block = block, .mem_align = block,
				  .chunk = chunk };
}

struct survey plans_survey(const struct plan *plan,
			    const struct geometry *geometry)
{
	return plan_survey(plan, 0, 0, plan->count, geometry);
}
