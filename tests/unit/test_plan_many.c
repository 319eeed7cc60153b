/* SPDX-License-Identifier: MIT */
/* How many ranges are put together, and share reads. */
#include <stdlib.h>

#include "plans.h"

/* In whatever order they are given. */
static void neighbours_become_one(void **state)
{
	const struct geometry geometry = plans_bounced(512, 1 << 20);
	struct request_range ranges[] = {
		{ .file_offset = 8192, .buffer_offset = 9192, .length = 4096 },
		{ .file_offset = 0, .buffer_offset = 1000, .length = 4096 },
		{ .file_offset = 4096, .buffer_offset = 5096, .length = 4096 },
		/* A neighbour in the file, but not in the buffer. */
		{ .file_offset = 12288, .buffer_offset = 0, .length = 500 },
	};
	struct plan plan = plans_of(ranges, 4);

	(void)state;
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.extents[0].length, 12288);
	assert_int_equal(plan.total, 12788);
	assert_int_equal(plan.levels, 1);
	/* One read serves both. */
	plans_expect(&plan, &geometry,
		     (struct read){ 0, 12800, 0, 12788, 1000, false });
	plans_expect_end(&plan);
}

/* A read brings what lies between them, too; the pieces tell what is wanted. */
static void near_ones_share_a_read(void **state)
{
	const struct geometry geometry = plans_bounced(512, 65536);
	struct request_range ranges[] = {
		{ .file_offset = 100, .buffer_offset = 0, .length = 3000 },
		{ .file_offset = 4000, .buffer_offset = 9000, .length = 3000 },
		/* Farther away than either is long. */
		{ .file_offset = 11000, .buffer_offset = 5000, .length = 2000 },
	};
	struct plan plan = plans_of(ranges, 3);
	struct piece piece;
	struct chunk chunk;
	struct walk walk;

	(void)state;
	plan_get(&plan, &geometry, &chunk);
	assert_int_equal(chunk.file_offset, 0);
	assert_int_equal(chunk.length, 7168);
	assert_int_equal(chunk.data_length, 6900);
	assert_int_equal(chunk.wanted, 6000);
	walk = plan_walk(&chunk);
	assert_true(plan_piece(&plan, &walk, &piece));
	assert_int_equal(piece.file_offset, 100);
	assert_int_equal(piece.length, 3000);
	assert_true(plan_piece(&plan, &walk, &piece));
	assert_int_equal(piece.file_offset, 4000);
	assert_int_equal(piece.buffer_offset, 9000);
	assert_int_equal(piece.length, 3000);
	assert_false(plan_piece(&plan, &walk, &piece));
	plans_expect(&plan, &geometry,
		     (struct read){ 10752, 2560, 248, 2000, 5000, false });
	plans_expect_end(&plan);
}

/* The same bytes to two places: two reads. */
static void the_same_bytes_twice(void **state)
{
	const struct geometry geometry = plans_bounced(512, 65536);
	struct request_range ranges[] = {
		{ .file_offset = 0, .buffer_offset = 0, .length = 3000 },
		{ .file_offset = 1000, .buffer_offset = 9000, .length = 3000 },
	};
	struct plan plan = plans_of(ranges, 2);

	(void)state;
	plans_expect(&plan, &geometry, (struct read){ 0, 3072, 0, 3000, 0, false });
	plans_expect(&plan, &geometry,
		     (struct read){ 512, 3584, 488, 3000, 9000, false });
	plans_expect_end(&plan);
}

/* Many small ranges with gaps: twice the bytes are read at the most. */
static void many_small_ones_cost_their_bytes(void **state)
{
	enum { COUNT = 10000 };
	const struct geometry geometry = plans_bounced(512, 1 << 20);
	struct request_range *ranges = calloc(COUNT, sizeof(*ranges));
	uint64_t read = 0, reads = 0;
	struct chunk chunk;
	struct plan plan;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	for (i = 0; i < COUNT; i++)
		ranges[i] = (struct request_range){ .file_offset = i * 7000,
					  .buffer_offset = (COUNT - i) * 8192,
					  .length = 4096, .index = i };
	plan = plans_of(ranges, COUNT);
	while (!plan_is_empty(&plan)) {
		plan_get(&plan, &geometry, &chunk);
		read += chunk.length;
		reads++;
	}
	assert_int_equal(plan.total, COUNT * 4096);
	assert_true(read <= 2 * plan.total);
	assert_true(reads <= COUNT * 7000 / (1 << 20) + 1);
	plans_expect_end(&plan);
	free(ranges);
}

static void priorities_come_first(void **state)
{
	const struct geometry geometry = plans_bounced(512, 65536);
	struct request_range ranges[] = {
		{ .file_offset = 0, .buffer_offset = 0, .length = 512,
		  .priority = 9 },
		{ .file_offset = 512, .buffer_offset = 512, .length = 512,
		  .priority = 2 },
		{ .file_offset = 5120, .buffer_offset = 1024, .length = 512,
		  .priority = 2, .file = 1, .route = 1 },
	};
	struct plan plan = plans_of(ranges, 3);

	(void)state;
	assert_int_equal(plan.levels, 2);
	plans_expect(&plan, &geometry, (struct read){ 512, 512, 0, 512, 512, false });
	plans_expect(&plan, &geometry, (struct read){ 5120, 512, 0, 512, 1024, false });
	plans_expect(&plan, &geometry, (struct read){ 0, 512, 0, 512, 0, false });
	plans_expect_end(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_become_one),
		cmocka_unit_test(near_ones_share_a_read),
		cmocka_unit_test(the_same_bytes_twice),
		cmocka_unit_test(many_small_ones_cost_their_bytes),
		cmocka_unit_test(priorities_come_first),
	};

	return cmocka_run_group_tests_name("plan_many", tests, NULL, NULL);
}
