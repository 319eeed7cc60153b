/* SPDX-License-Identifier: MIT */
/* Prefetches: which slots they evict, and when they are dropped instead. */
#include "kit.h"

static void test_a_prefetch_evicts_what_is_used_less(void **state)
{
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 4);
	for (i = 0; i < 3; i++) {
		kit_use(&kit, i);
		kit_use(&kit, i);
		kit_use(&kit, i);
	}
	kit_use(&kit, 3);
	kit_prefetch(&kit, 4);
	kit_await_finished(&kit, 5);
	/* Part 4 took the slot of part 3, and is not evicted for the next
	 * prefetch. */
	kit_prefetch(&kit, 5);
	assert_int_equal(fake.submitted, 5);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 1);
	for (i = 0; i < 3; i++)
		assert_true(kit_hits(&kit, i));
	assert_true(kit_hits(&kit, 4));
	assert_false(kit_hits(&kit, 3));
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_a_prefetch_evicts_no_pinned_slot(void **state)
{
	slot_ptr slots[2];
	struct kit kit;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 2);
	slots[0] = kit_get(&kit, 0);
	slots[1] = kit_get(&kit, 1);
	kit_prefetch(&kit, 2);
	assert_int_equal(fake.submitted, 2);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 1);
	kit_put(&kit, slots[0]);
	kit_put(&kit, slots[1]);
	kit_prefetch(&kit, 2);
	assert_int_equal(fake.submitted, 3);
	kit_drop(&kit);
}

static void test_uses_of_an_evicted_part_are_remembered(void **state)
{
	struct kit kit;
	unsigned i, n;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 2);
	for (i = 0; i < 4; i++)
		kit_use(&kit, 0);
	/* Use other parts as often, until part 0 is evicted. */
	for (n = 1; kit_stats(&kit).evictions == 0; n++)
		for (i = 0; i < 4; i++)
			kit_use(&kit, n);
	for (i = 0; i < 2; i++)
		kit_use(&kit, n - 1);
	kit_prefetch(&kit, 50);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 1);
	kit_prefetch(&kit, 0);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 1);
	assert_int_equal(kit_stats(&kit).prefetches, 1);
	kit_drop(&kit);
}

static void test_an_unused_prefetch_is_evicted_in_the_end(void **state)
{
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 4);
	for (i = 0; i < 4; i++)
		kit_prefetch(&kit, i);
	kit_await_finished(&kit, 4);
	kit_prefetch(&kit, 10);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 1);
	for (i = 0; i < 8; i++)
		kit_use(&kit, 20 + i % 2);
	kit_prefetch(&kit, 10);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 1);
	assert_true(kit_hits(&kit, 10));
	kit_drop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_prefetch_evicts_what_is_used_less),
		cmocka_unit_test(test_a_prefetch_evicts_no_pinned_slot),
		cmocka_unit_test(test_uses_of_an_evicted_part_are_remembered),
		cmocka_unit_test(test_an_unused_prefetch_is_evicted_in_the_end),
	};

	return cmocka_run_group_tests_name("cache_evict", tests, NULL, NULL);
}
