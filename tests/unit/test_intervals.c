/* SPDX-License-Identifier: MIT */
/* Intervals against an array of bits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/intervals.h"

#define SIZE 200u

static uint64_t state_of_random = 88172645463325252u;

static uint64_t below(uint64_t n)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return state_of_random % n;
}

static struct interval draw(void)
{
	const uint64_t start = below(SIZE);

	return (struct interval){ start, start + below(SIZE - start + 1) };
}

static void check_shape(const struct intervals *set)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		assert_true(set->items[i].start < set->items[i].end);
		if (i > 0)
			assert_true(set->items[i - 1].end < set->items[i].start);
	}
}

/* The first run of bits of a value in a part; false: there is none. */
static bool first_run(const unsigned char *bits, struct interval interval,
		      int value, struct interval *run)
{
	uint64_t i = interval.start;

	while (i < interval.end && bits[i] != value)
		i++;
	run->start = i;
	while (i < interval.end && bits[i] == value)
		i++;
	run->end = i;
	return run->start < run->end;
}

static void check_part(const struct intervals *set, const unsigned char *bits,
		       struct interval interval)
{
	struct interval found, run;
	uint64_t bytes = 0, i;

	for (i = interval.start; i < interval.end; i++)
		bytes += bits[i];
	assert_int_equal(intervals_bytes(set, interval), bytes);
	assert_int_equal(intervals_next(set, interval, &found),
			 first_run(bits, interval, 1, &run));
	if (run.start < run.end)
		assert_memory_equal(&found, &run, sizeof(run));
	assert_int_equal(intervals_gap(set, interval, &found),
			 first_run(bits, interval, 0, &run));
	if (run.start < run.end)
		assert_memory_equal(&found, &run, sizeof(run));
}

static void any_order(void **state)
{
	unsigned char bits[SIZE];
	struct intervals set;
	struct interval one;
	unsigned round, n;

	(void)state;
	for (round = 0; round < 2000; round++) {
		set = (struct intervals){ .count = 0 };
		memset(bits, 0, sizeof(bits));
		for (n = 0; n < 12; n++) {
			one = draw();
			if (n % 3)
				one.end = one.start + (one.end - one.start) / 8;
			assert_int_equal(intervals_add(&set, one), 0);
			memset(bits + one.start, 1, one.end - one.start);
			check_shape(&set);
			check_part(&set, bits, draw());
			check_part(&set, bits, (struct interval){ 0, SIZE });
		}
		intervals_finish(&set);
	}
}

static void the_ends_of_numbers(void **state)
{
	struct intervals set = { .count = 0 };
	struct interval found;

	(void)state;
	assert_false(intervals_next(&set, (struct interval){ 0, UINT64_MAX },
				    &found));
	assert_true(intervals_gap(&set, (struct interval){ 0, UINT64_MAX },
				  &found));
	assert_int_equal(found.end, UINT64_MAX);
	assert_int_equal(intervals_add(&set, (struct interval){
				       5, UINT64_MAX }), 0);
	assert_int_equal(intervals_add(&set, (struct interval){ 7, 7 }), 0);
	assert_int_equal(set.count, 1);
	assert_false(intervals_gap(&set, (struct interval){ 5, UINT64_MAX },
				   &found));
	assert_int_equal(intervals_bytes(&set, (struct interval){
					 0, UINT64_MAX }), UINT64_MAX - 5);
	intervals_finish(&set);
	assert_int_equal(set.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(the_ends_of_numbers),
	};

	return cmocka_run_group_tests_name("intervals", tests, NULL, NULL);
}
