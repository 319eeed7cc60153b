/* SPDX-License-Identifier: MIT */
/* How one range is cut into reads. */
#include <stdlib.h>

#include "plans.h"

static void aligned_range_in_place(void **state)
{
	const struct geometry geometry = plans_in_place(4096, 512, 8192);
	struct plan plan = plans_one(4096, 0, 16384);

	(void)state;
	assert_int_equal(plans_survey(&plan, &geometry).fitting, 1);
	assert_int_equal(plans_survey(&plan, &geometry).misplaced, 0);
	assert_false(plans_survey(&plan, &geometry).edges);
	plans_expect(&plan, &geometry, (struct read){ 4096, 4096, 0, 4096, 0, true });
	plans_expect(&plan, &geometry, (struct read){ 8192, 8192, 0, 8192, 4096, true });
	plans_expect(&plan, &geometry,
		     (struct read){ 16384, 4096, 0, 4096, 12288, true });
	plans_expect_end(&plan);
}

static void edges_are_cut_off(void **state)
{
	const struct geometry geometry = plans_in_place(512, 4, 4096);
	/* Bytes 500 to 1124: an edge, a block, an edge. */
	struct plan plan = plans_one(500, 4, 624);

	(void)state;
	assert_int_equal(plans_survey(&plan, &geometry).fitting, 1);
	assert_true(plans_survey(&plan, &geometry).edges);
	plans_expect(&plan, &geometry, (struct read){ 0, 512, 500, 12, 4, false });
	plans_expect(&plan, &geometry, (struct read){ 512, 512, 0, 512, 16, true });
	plans_expect(&plan, &geometry, (struct read){ 1024, 512, 0, 100, 528, false });
	plans_expect_end(&plan);
}

/* Less than two blocks, over the boundary of two, with no whole one. */
static void range_over_a_boundary_is_two_edges(void **state)
{
	const struct geometry geometry = plans_in_place(4096, 512, 65536);
	struct plan plan = plans_one(3000, 3000, 2000);

	(void)state;
	plans_expect(&plan, &geometry,
		     (struct read){ 0, 4096, 3000, 1096, 3000, false });
	plans_expect(&plan, &geometry, (struct read){ 4096, 4096, 0, 904, 4096, false });
	plans_expect_end(&plan);
}

static void misplaced_blocks_do_not_fit(void **state)
{
	const struct geometry geometry = plans_in_place(512, 512, 4096);
	struct plan plan = plans_one(0, 100, 5000);

	(void)state;
	assert_int_equal(plans_survey(&plan, &geometry).misplaced, 1);
	assert_int_equal(plans_survey(&plan, &geometry).fitting, 0);
	plans_expect(&plan, &geometry, (struct read){ 0, 4096, 0, 4096, 100, false });
	plans_expect(&plan, &geometry, (struct read){ 4096, 1024, 0, 904, 4196, false });
	plans_expect_end(&plan);
}

/* A store writes whole blocks even where it copies before. */
static void whole_blocks_and_edges(void **state)
{
	struct geometry geometry = plans_bounced(512, 4096);
	struct plan plan = plans_one(100, 3, 1500);

	(void)state;
	geometry.whole = true;
	plans_expect(&plan, &geometry, (struct read){ 0, 512, 100, 412, 3, false });
	plans_expect(&plan, &geometry, (struct read){ 512, 1024, 0, 1024, 415, false });
	plans_expect(&plan, &geometry, (struct read){ 1536, 512, 0, 64, 1439, false });
	plans_expect_end(&plan);
}

static void what_is_returned_comes_first(void **state)
{
	const struct geometry geometry = plans_bounced(512, 4096);
	struct plan plan = plans_one(100, 7, 20000);
	struct chunk first, second;

	(void)state;
	plan_get(&plan, &geometry, &first);
	plan_get(&plan, &geometry, &second);
	assert_int_equal(plan_position(&plan), 8192 - 100);
	assert_int_equal(plan_return(&plan, &second), 0);
	assert_int_equal(plan_return(&plan, &first), 0);
	assert_int_equal(plan_position(&plan), 0);
	plans_expect(&plan, &geometry, (struct read){ 0, 4096, 100, 3996, 7, false });
	plans_expect(&plan, &geometry,
		     (struct read){ 4096, 4096, 0, 4096, 4003, false });
	plan_get(&plan, &geometry, &first);
	assert_int_equal(first.file_offset, 8192);
	plan_destroy(&plan);
}

static struct plan plan_cached_one(const struct request_range *range,
				   const struct intervals *resident,
				   uint64_t enough)
{
	const struct intervals **all = calloc(1, sizeof(*all));
	struct plan plan;

	assert_non_null(all);
	all[0] = resident;
	assert_int_equal(plan_create(&plan, range, 1, 0, all, enough), 0);
	return plan;
}

static void resident_runs_are_told_apart(void **state)
{
	const struct geometry geometry = plans_bounced(512, 65536);
	struct interval runs[] = { { 4096, 8192 }, { 20480, 40960 },
				   { 61440, 81920 } };
	const struct intervals resident = { .items = runs, .count = 3 };
	const struct request_range range = { .file_offset = 1000, .length = 70000 };
	struct plan plan = plan_cached_one(&range, &resident, 8192);
	struct chunk chunk;

	(void)state;
	/* The first run is too short to be worth it. */
	plans_expect(&plan, &geometry,
		     (struct read){ 512, 19968, 488, 19480, 0, false });
	/* The second was evicted meanwhile: back, and not from there again. */
	assert_true(plan_is_cached(&plan));
	plan_get(&plan, &geometry, &chunk);
	assert_true(chunk.cached);
	assert_int_equal(chunk.data_length, 20480);
	assert_int_equal(plan_return(&plan, &chunk), 0);
	assert_false(plan_is_cached(&plan));
	plan_get(&plan, &geometry, &chunk);
	assert_false(chunk.cached);
	assert_int_equal(chunk.data_length, 20480);
	plans_expect(&plan, &geometry,
		     (struct read){ 40960, 20480, 0, 20480, 39960, false });
	/* As much of the last as is wanted, chunk by chunk. */
	assert_true(plan_is_cached(&plan));
	plans_expect(&plan, &geometry,
		     (struct read){ 61440, 4096, 0, 4096, 60440, false });
	assert_true(plan_is_cached(&plan));
	plans_expect(&plan, &geometry,
		     (struct read){ 65536, 5632, 0, 5464, 64536, false });
	plans_expect_end(&plan);
}

/* More becomes known of the page cache while the plan is taken. */
static void what_becomes_known_counts(void **state)
{
	const struct geometry geometry = plans_bounced(512, 8192);
	const struct request_range range = { .length = 32768 };
	struct intervals resident = { .count = 0 };
	struct plan plan = plan_cached_one(&range, &resident, 4096);
	struct place place;

	(void)state;
	assert_true(plan_peek(&plan, 10000, &place));
	assert_int_equal(place.interval.start, 0);
	assert_int_equal(place.interval.end, 10000);
	plans_expect(&plan, &geometry, (struct read){ 0, 8192, 0, 8192, 0, false });
	assert_int_equal(intervals_add(&resident,
			 (struct interval){ 12288, 24576 }), 0);
	plans_expect(&plan, &geometry,
		     (struct read){ 8192, 4096, 0, 4096, 8192, false });
	assert_true(plan_is_cached(&plan));
	assert_true(plan_peek(&plan, UINT64_MAX, &place));
	assert_int_equal(place.interval.end, 32768);
	intervals_finish(&resident);
	plan_destroy(&plan);
}

static void stream_comes_in_parts(void **state)
{
	struct geometry geometry = plans_bounced(1, 4096);
	struct plan plan = plans_one(0, 0, 6000);
	struct chunk chunk;

	(void)state;
	geometry.whole = true;
	plan_get(&plan, &geometry, &chunk);
	assert_int_equal(plan_shorten(&plan, &chunk, 1000), 0);
	assert_int_equal(chunk.wanted, 1000);
	assert_int_equal(plan_position(&plan), 1000);
	plans_expect(&plan, &geometry,
		     (struct read){ 1000, 3096, 0, 3096, 1000, false });
	plan_end(&plan, 4096);
	assert_int_equal(plan_position(&plan), 4096);
	plans_expect_end(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligned_range_in_place),
		cmocka_unit_test(edges_are_cut_off),
		cmocka_unit_test(range_over_a_boundary_is_two_edges),
		cmocka_unit_test(misplaced_blocks_do_not_fit),
		cmocka_unit_test(whole_blocks_and_edges),
		cmocka_unit_test(what_is_returned_comes_first),
		cmocka_unit_test(resident_runs_are_told_apart),
		cmocka_unit_test(what_becomes_known_counts),
		cmocka_unit_test(stream_comes_in_parts),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
