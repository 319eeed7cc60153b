/* SPDX-License-Identifier: MIT */
/* Numbers of objects in the order of their first appearance; and claims on bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "job/id_map.h"
#include "load/claim.h"

#define OBJECTS 500

static void numbers_in_order_of_appearance(void **state)
{
	struct id_map id_map = { 0 };
	static char objects[OBJECTS];
	uint32_t given[OBJECTS], number, count = 0;
	uint32_t x = 12345;
	unsigned i, k;

	(void)state;
	for (i = 0; i < OBJECTS; i++)
		given[i] = UINT32_MAX;
	for (i = 0; i < 20 * OBJECTS; i++) {
		x = x * 1664525 + 1013904223;
		k = (x >> 8) % OBJECTS;
		/* In rows, as ranges come. */
		if (i % 3)
			k = (k + i) % 7;
		if (given[k] == UINT32_MAX) {
			assert_int_equal(id_map_find(&id_map, &objects[k],
						     NULL, &number), 1);
			assert_int_equal(number, count);
			given[k] = count++;
		} else {
			assert_int_equal(id_map_find(&id_map, &objects[k],
						     NULL, &number), 0);
			assert_int_equal(number, given[k]);
		}
	}
	assert_int_equal(id_map.count, count);
	id_map_finish(&id_map);
	/* From the beginning. */
	assert_int_equal(id_map_find(&id_map, &objects[9], NULL, &number),
			 1);
	assert_int_equal(number, 0);
	id_map_finish(&id_map);
}

/* A pair is both of its objects, and not the other way round. */
static void pairs_are_told_apart(void **state)
{
	struct id_map id_map = { 0 };
	static char objects[20];
	uint32_t number;
	unsigned round, i, k;

	(void)state;
	for (round = 0; round < 2; round++)
		for (i = 0; i < 20; i++)
			for (k = 0; k < 20; k++) {
				assert_int_equal(id_map_find(&id_map,
						 &objects[i], &objects[k],
						 &number), round == 0);
				assert_int_equal(number, i * 20 + k);
			}
	id_map_finish(&id_map);
}

static void nothing_to_finish(void **state)
{
	struct id_map id_map = { 0 };

	(void)state;
	id_map_finish(&id_map);
	id_map_finish(&id_map);
}

static void intervals_are_merged(void **state)
{
	struct interval intervals[] = {
		{ 50, 60 }, { 10, 20 }, { 20, 30 }, { 40, 41 }, { 0, 5 },
	};
	struct claim claim = { .intervals = intervals, .count = 5 };
	bool overlaps = true;
	uint64_t where = 7;

	(void)state;
	claim_merge(&claim, &overlaps, &where);
	assert_false(overlaps);
	assert_int_equal(where, 7);
	assert_int_equal(claim.count, 4);
	assert_int_equal(intervals[1].start, 10);
	assert_int_equal(intervals[1].end, 30);
	assert_int_equal(intervals[3].end, 60);
	claim.count = 0;
	claim_merge(&claim, &overlaps, &where);
	assert_false(overlaps);
}

static void the_first_overlap_is_named(void **state)
{
	struct interval intervals[] = {
		{ 100, 200 }, { 10, 90 }, { 20, 30 }, { 89, 95 }, { 150, 151 },
	};
	struct claim claim = { .intervals = intervals, .count = 5 };
	bool overlaps = false;
	uint64_t where = 0;

	(void)state;
	claim_merge(&claim, &overlaps, &where);
	assert_true(overlaps);
	assert_int_equal(where, 20);
	/* Neither an interval inside another is lost, nor one that reaches
	 * beyond it. */
	assert_int_equal(claim.count, 2);
	assert_int_equal(intervals[0].start, 10);
	assert_int_equal(intervals[0].end, 95);
	assert_int_equal(intervals[1].start, 100);
	assert_int_equal(intervals[1].end, 200);
}

/* Against a map of single bytes. */
static void random_intervals(void **state)
{
	struct interval intervals[12];
	struct claim claim = { .intervals = intervals };
	unsigned char bytes[256];
	bool overlaps, twice;
	uint64_t where, at;
	uint32_t x = 7;
	unsigned round;
	size_t i;

	(void)state;
	for (round = 0; round < 3000; round++) {
		for (at = 0; at < sizeof(bytes); at++)
			bytes[at] = 0;
		twice = false;
		claim.count = 1 + round % 12;
		for (i = 0; i < claim.count; i++) {
			x = x * 1664525 + 1013904223;
			intervals[i].start = (x >> 8) % 240;
			intervals[i].end = intervals[i].start + 1 +
					   (x >> 20) % 15;
			for (at = intervals[i].start; at < intervals[i].end;
			     at++)
				twice |= bytes[at]++ > 0;
		}
		claim_merge(&claim, &overlaps, &where);
		assert_int_equal(overlaps, twice);
		if (twice)
			assert_true(bytes[where] > 1);
		for (i = 0, at = 0; i < claim.count; i++) {
			for (; at < intervals[i].start; at++)
				assert_int_equal(bytes[at], 0);
			for (; at < intervals[i].end; at++)
				assert_true(bytes[at] > 0);
			/* Neighbours are one. */
			assert_int_equal(bytes[at], 0);
		}
		for (; at < sizeof(bytes); at++)
			assert_int_equal(bytes[at], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_in_order_of_appearance),
		cmocka_unit_test(pairs_are_told_apart),
		cmocka_unit_test(nothing_to_finish),
		cmocka_unit_test(intervals_are_merged),
		cmocka_unit_test(the_first_overlap_is_named),
		cmocka_unit_test(random_intervals),
	};

	return cmocka_run_group_tests_name("id_map", tests, NULL, NULL);
}
