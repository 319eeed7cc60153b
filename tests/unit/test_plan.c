/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan/plan.h"

/* A chunk that is expected, in the terms of the test. */
struct read {
	uint64_t file_offset;
	uint32_t length;
	uint32_t skip;
	uint32_t want;
	uint64_t buffer_offset;
	bool in_place;
};

static void expect(struct plan *plan, const struct geometry *geometry,
		   struct read expected)
{
	struct chunk chunk;
	struct place place;
	bool cached;

	assert_true(plan_peek(plan, 0, &place));
	cached = plan_is_cached(plan);
	plan_take(plan, geometry, &chunk);
	assert_int_equal(chunk.route, place.route);
	assert_int_equal(chunk.cached, cached);
	assert_int_equal(chunk.file_offset, expected.file_offset);
	assert_int_equal(chunk.length, expected.length);
	assert_int_equal(chunk.skip, expected.skip);
	assert_int_equal(chunk.want, expected.want);
	assert_int_equal(chunk.buffer_offset, expected.buffer_offset);
	assert_int_equal(chunk.in_place, expected.in_place);
}

static void expect_end(struct plan *plan)
{
	assert_true(plan_is_empty(plan));
	assert_int_equal(plan_position(plan), plan->total);
	plan_destroy(plan);
}

static struct plan plan_of(struct want *wants, size_t count)
{
	struct plan plan;

	qsort(wants, count, sizeof(*wants), plan_compare);
	assert_int_equal(plan_create(&plan, wants, count, NULL, 0), 0);
	return plan;
}

static struct plan plan_one(uint64_t file_offset, uint64_t buffer_offset,
			    uint64_t length)
{
	struct want want = {
		.file_offset = file_offset,
		.buffer_offset = buffer_offset,
		.length = length,
	};

	return plan_of(&want, 1);
}

static struct geometry in_place(uint32_t block, uint32_t align, uint32_t chunk)
{
	return (struct geometry){ .block = block, .mem_align = align,
				  .chunk = chunk, .in_place = true };
}

static struct geometry bounced(uint32_t block, uint32_t chunk)
{
	return (struct geometry){ .block = block, .mem_align = block,
				  .chunk = chunk };
}

static struct survey survey(const struct plan *plan,
			    const struct geometry *geometry)
{
	return plan_survey(plan, 0, 0, plan->count, geometry);
}

static void aligned_range_in_place(void **state)
{
	const struct geometry geometry = in_place(4096, 512, 8192);
	struct plan plan = plan_one(4096, 0, 16384);

	(void)state;
	assert_int_equal(survey(&plan, &geometry).fitting, 1);
	assert_int_equal(survey(&plan, &geometry).misplaced, 0);
	assert_false(survey(&plan, &geometry).edges);
	expect(&plan, &geometry, (struct read){ 4096, 4096, 0, 4096, 0, true });
	expect(&plan, &geometry, (struct read){ 8192, 8192, 0, 8192, 4096, true });
	expect(&plan, &geometry,
	       (struct read){ 16384, 4096, 0, 4096, 12288, true });
	expect_end(&plan);
}

static void edges_are_cut_off(void **state)
{
	const struct geometry geometry = in_place(512, 4, 4096);
	/* Bytes 500 to 1124: an edge, a block, an edge. */
	struct plan plan = plan_one(500, 4, 624);

	(void)state;
	assert_int_equal(survey(&plan, &geometry).fitting, 1);
	assert_true(survey(&plan, &geometry).edges);
	expect(&plan, &geometry, (struct read){ 0, 512, 500, 12, 4, false });
	expect(&plan, &geometry, (struct read){ 512, 512, 0, 512, 16, true });
	expect(&plan, &geometry, (struct read){ 1024, 512, 0, 100, 528, false });
	expect_end(&plan);
}

/* Less than two blocks, over the boundary of two, with no whole one. */
static void range_over_a_boundary_is_two_edges(void **state)
{
	const struct geometry geometry = in_place(4096, 512, 65536);
	struct plan plan = plan_one(3000, 3000, 2000);

	(void)state;
	expect(&plan, &geometry,
	       (struct read){ 0, 4096, 3000, 1096, 3000, false });
	expect(&plan, &geometry, (struct read){ 4096, 4096, 0, 904, 4096, false });
	expect_end(&plan);
}

static void misplaced_blocks_do_not_fit(void **state)
{
	const struct geometry geometry = in_place(512, 512, 4096);
	struct plan plan = plan_one(0, 100, 5000);

	(void)state;
	assert_int_equal(survey(&plan, &geometry).misplaced, 1);
	assert_int_equal(survey(&plan, &geometry).fitting, 0);
	expect(&plan, &geometry, (struct read){ 0, 4096, 0, 4096, 100, false });
	expect(&plan, &geometry, (struct read){ 4096, 1024, 0, 904, 4196, false });
	expect_end(&plan);
}

/* A store writes whole blocks even where it copies before. */
static void whole_blocks_and_edges(void **state)
{
	struct geometry geometry = bounced(512, 4096);
	struct plan plan = plan_one(100, 3, 1500);

	(void)state;
	geometry.whole = true;
	expect(&plan, &geometry, (struct read){ 0, 512, 100, 412, 3, false });
	expect(&plan, &geometry, (struct read){ 512, 1024, 0, 1024, 415, false });
	expect(&plan, &geometry, (struct read){ 1536, 512, 0, 64, 1439, false });
	expect_end(&plan);
}

static void what_is_returned_comes_first(void **state)
{
	const struct geometry geometry = bounced(512, 4096);
	struct plan plan = plan_one(100, 7, 20000);
	struct chunk first, second;

	(void)state;
	plan_take(&plan, &geometry, &first);
	plan_take(&plan, &geometry, &second);
	assert_int_equal(plan_position(&plan), 8192 - 100);
	assert_int_equal(plan_return(&plan, &second), 0);
	assert_int_equal(plan_return(&plan, &first), 0);
	assert_int_equal(plan_position(&plan), 0);
	expect(&plan, &geometry, (struct read){ 0, 4096, 100, 3996, 7, false });
	expect(&plan, &geometry,
	       (struct read){ 4096, 4096, 0, 4096, 4003, false });
	plan_take(&plan, &geometry, &first);
	assert_int_equal(first.file_offset, 8192);
	plan_destroy(&plan);
}

/* In whatever order they are given. */
static void neighbours_become_one(void **state)
{
	const struct geometry geometry = bounced(512, 1 << 20);
	struct want wants[] = {
		{ .file_offset = 8192, .buffer_offset = 9192, .length = 4096 },
		{ .file_offset = 0, .buffer_offset = 1000, .length = 4096 },
		{ .file_offset = 4096, .buffer_offset = 5096, .length = 4096 },
		/* A neighbour in the file, but not in the buffer. */
		{ .file_offset = 12288, .buffer_offset = 0, .length = 500 },
	};
	struct plan plan = plan_of(wants, 4);

	(void)state;
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.extents[0].length, 12288);
	assert_int_equal(plan.total, 12788);
	assert_int_equal(plan.levels, 1);
	/* One read serves both. */
	expect(&plan, &geometry,
	       (struct read){ 0, 12800, 0, 12788, 1000, false });
	expect_end(&plan);
}

/* A read brings what lies between them, too; the pieces tell what is wanted. */
static void near_ones_share_a_read(void **state)
{
	const struct geometry geometry = bounced(512, 65536);
	struct want wants[] = {
		{ .file_offset = 100, .buffer_offset = 0, .length = 3000 },
		{ .file_offset = 4000, .buffer_offset = 9000, .length = 3000 },
		/* Farther away than either is long. */
		{ .file_offset = 11000, .buffer_offset = 5000, .length = 2000 },
	};
	struct plan plan = plan_of(wants, 3);
	struct piece piece;
	struct chunk chunk;
	struct walk walk;

	(void)state;
	plan_take(&plan, &geometry, &chunk);
	assert_int_equal(chunk.file_offset, 0);
	assert_int_equal(chunk.length, 7168);
	assert_int_equal(chunk.span, 6900);
	assert_int_equal(chunk.want, 6000);
	walk = plan_walk(&chunk);
	assert_true(plan_piece(&plan, &walk, &piece));
	assert_int_equal(piece.file_offset, 100);
	assert_int_equal(piece.length, 3000);
	assert_true(plan_piece(&plan, &walk, &piece));
	assert_int_equal(piece.file_offset, 4000);
	assert_int_equal(piece.buffer_offset, 9000);
	assert_int_equal(piece.length, 3000);
	assert_false(plan_piece(&plan, &walk, &piece));
	expect(&plan, &geometry,
	       (struct read){ 10752, 2560, 248, 2000, 5000, false });
	expect_end(&plan);
}

/* The same bytes to two places: two reads. */
static void the_same_bytes_twice(void **state)
{
	const struct geometry geometry = bounced(512, 65536);
	struct want wants[] = {
		{ .file_offset = 0, .buffer_offset = 0, .length = 3000 },
		{ .file_offset = 1000, .buffer_offset = 9000, .length = 3000 },
	};
	struct plan plan = plan_of(wants, 2);

	(void)state;
	expect(&plan, &geometry, (struct read){ 0, 3072, 0, 3000, 0, false });
	expect(&plan, &geometry,
	       (struct read){ 512, 3584, 488, 3000, 9000, false });
	expect_end(&plan);
}

/* Many small ranges with gaps: twice the bytes are read at the most. */
static void many_small_ones_cost_their_bytes(void **state)
{
	enum { COUNT = 10000 };
	const struct geometry geometry = bounced(512, 1 << 20);
	struct want *wants = calloc(COUNT, sizeof(*wants));
	uint64_t read = 0, reads = 0;
	struct chunk chunk;
	struct plan plan;
	size_t i;

	(void)state;
	assert_non_null(wants);
	for (i = 0; i < COUNT; i++)
		wants[i] = (struct want){ .file_offset = i * 7000,
					  .buffer_offset = (COUNT - i) * 8192,
					  .length = 4096, .index = i };
	plan = plan_of(wants, COUNT);
	while (!plan_is_empty(&plan)) {
		plan_take(&plan, &geometry, &chunk);
		read += chunk.length;
		reads++;
	}
	assert_int_equal(plan.total, COUNT * 4096);
	assert_true(read <= 2 * plan.total);
	assert_true(reads <= COUNT * 7000 / (1 << 20) + 1);
	expect_end(&plan);
	free(wants);
}

static void priorities_come_first(void **state)
{
	const struct geometry geometry = bounced(512, 65536);
	struct want wants[] = {
		{ .file_offset = 0, .buffer_offset = 0, .length = 512,
		  .priority = 9 },
		{ .file_offset = 512, .buffer_offset = 512, .length = 512,
		  .priority = 2 },
		{ .file_offset = 5120, .buffer_offset = 1024, .length = 512,
		  .priority = 2, .file = 1, .route = 1 },
	};
	struct plan plan = plan_of(wants, 3);

	(void)state;
	assert_int_equal(plan.levels, 2);
	expect(&plan, &geometry, (struct read){ 512, 512, 0, 512, 512, false });
	expect(&plan, &geometry, (struct read){ 5120, 512, 0, 512, 1024, false });
	expect(&plan, &geometry, (struct read){ 0, 512, 0, 512, 0, false });
	expect_end(&plan);
}

static struct plan plan_cached_one(const struct want *want,
				   const struct intervals *resident,
				   uint64_t enough)
{
	const struct intervals **all = calloc(1, sizeof(*all));
	struct plan plan;

	assert_non_null(all);
	all[0] = resident;
	assert_int_equal(plan_create(&plan, want, 1, all, enough), 0);
	return plan;
}

static void resident_runs_are_told_apart(void **state)
{
	const struct geometry geometry = bounced(512, 65536);
	struct interval runs[] = { { 4096, 8192 }, { 20480, 40960 },
				   { 61440, 81920 } };
	const struct intervals resident = { .items = runs, .count = 3 };
	const struct want want = { .file_offset = 1000, .length = 70000 };
	struct plan plan = plan_cached_one(&want, &resident, 8192);
	struct chunk chunk;

	(void)state;
	/* The first run is too short to be worth it. */
	expect(&plan, &geometry,
	       (struct read){ 512, 19968, 488, 19480, 0, false });
	/* The second was evicted meanwhile: back, and not from there again. */
	assert_true(plan_is_cached(&plan));
	plan_take(&plan, &geometry, &chunk);
	assert_true(chunk.cached);
	assert_int_equal(chunk.span, 20480);
	assert_int_equal(plan_return(&plan, &chunk), 0);
	assert_false(plan_is_cached(&plan));
	plan_take(&plan, &geometry, &chunk);
	assert_false(chunk.cached);
	assert_int_equal(chunk.span, 20480);
	expect(&plan, &geometry,
	       (struct read){ 40960, 20480, 0, 20480, 39960, false });
	/* As much of the last as is wanted, chunk by chunk. */
	assert_true(plan_is_cached(&plan));
	expect(&plan, &geometry,
	       (struct read){ 61440, 4096, 0, 4096, 60440, false });
	assert_true(plan_is_cached(&plan));
	expect(&plan, &geometry,
	       (struct read){ 65536, 5632, 0, 5464, 64536, false });
	expect_end(&plan);
}

/* More becomes known of the page cache while the plan is taken. */
static void what_becomes_known_counts(void **state)
{
	const struct geometry geometry = bounced(512, 8192);
	const struct want want = { .length = 32768 };
	struct intervals resident = { .count = 0 };
	struct plan plan = plan_cached_one(&want, &resident, 4096);
	struct place place;

	(void)state;
	assert_true(plan_peek(&plan, 10000, &place));
	assert_int_equal(place.part.start, 0);
	assert_int_equal(place.part.end, 10000);
	expect(&plan, &geometry, (struct read){ 0, 8192, 0, 8192, 0, false });
	assert_int_equal(intervals_add(&resident,
			 (struct interval){ 12288, 24576 }), 0);
	expect(&plan, &geometry,
	       (struct read){ 8192, 4096, 0, 4096, 8192, false });
	assert_true(plan_is_cached(&plan));
	assert_true(plan_peek(&plan, UINT64_MAX, &place));
	assert_int_equal(place.part.end, 32768);
	intervals_finish(&resident);
	plan_destroy(&plan);
}

static void stream_comes_in_parts(void **state)
{
	struct geometry geometry = bounced(1, 4096);
	struct plan plan = plan_one(0, 0, 6000);
	struct chunk chunk;

	(void)state;
	geometry.whole = true;
	plan_take(&plan, &geometry, &chunk);
	assert_int_equal(plan_shorten(&plan, &chunk, 1000), 0);
	assert_int_equal(chunk.want, 1000);
	assert_int_equal(plan_position(&plan), 1000);
	expect(&plan, &geometry,
	       (struct read){ 1000, 3096, 0, 3096, 1000, false });
	plan_end(&plan, 4096);
	assert_int_equal(plan_position(&plan), 4096);
	expect_end(&plan);
}

static bool out_of_memory;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
	return out_of_memory ? NULL : __real_realloc(memory, size);
}

static void assert_same(const struct chunk *a, const struct chunk *b)
{
	assert_int_equal(a->file_offset, b->file_offset);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->skip, b->skip);
	assert_int_equal(a->span, b->span);
	assert_int_equal(a->want, b->want);
	assert_int_equal(a->position, b->position);
}

/* However many are in flight: all can come back, and come again, the last one first. */
static void any_number_comes_back(void **state)
{
	const struct geometry geometry = bounced(512, 4096);
	const unsigned count = 1000;
	struct plan plan = plan_one(0, 0, count * 4096);
	struct chunk *chunks = calloc(count, sizeof(*chunks)), again;
	unsigned i;

	(void)state;
	assert_non_null(chunks);
	for (i = 0; i < count; i++)
		plan_take(&plan, &geometry, &chunks[i]);
	assert_true(plan_is_empty(&plan));
	for (i = 0; i < count; i++)
		assert_int_equal(plan_return(&plan, &chunks[i]), 0);
	assert_int_equal(plan_position(&plan), 0);
	for (i = count; i-- > 0;) {
		plan_take(&plan, &geometry, &again);
		assert_same(&again, &chunks[i]);
	}
	expect_end(&plan);
	free(chunks);
}

/* A chunk that cannot be noted has not come back, nor become shorter. */
static void no_memory_for_what_comes_back(void **state)
{
	const struct geometry geometry = bounced(512, 4096);
	struct plan plan = plan_one(0, 0, 8192);
	struct chunk chunk, before;

	(void)state;
	plan_take(&plan, &geometry, &chunk);
	before = chunk;
	out_of_memory = true;
	assert_int_equal(plan_return(&plan, &chunk), -ENOMEM);
	assert_int_equal(plan_shorten(&plan, &chunk, 512), -ENOMEM);
	out_of_memory = false;
	assert_same(&chunk, &before);
	assert_int_equal(plan_position(&plan), 4096);
	assert_int_equal(plan_return(&plan, &chunk), 0);
	assert_int_equal(plan_position(&plan), 0);
	/* There is room by now. */
	out_of_memory = true;
	plan_take(&plan, &geometry, &chunk);
	assert_int_equal(plan_return(&plan, &chunk), 0);
	out_of_memory = false;
	plan_destroy(&plan);
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
		cmocka_unit_test(neighbours_become_one),
		cmocka_unit_test(near_ones_share_a_read),
		cmocka_unit_test(the_same_bytes_twice),
		cmocka_unit_test(many_small_ones_cost_their_bytes),
		cmocka_unit_test(priorities_come_first),
		cmocka_unit_test(resident_runs_are_told_apart),
		cmocka_unit_test(what_becomes_known_counts),
		cmocka_unit_test(stream_comes_in_parts),
		cmocka_unit_test(any_number_comes_back),
		cmocka_unit_test(no_memory_for_what_comes_back),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
