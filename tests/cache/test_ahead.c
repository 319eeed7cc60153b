/* SPDX-License-Identifier: MIT */
/* Prefetches: how many are in flight, and which gets wait for them. */
#include "kit.h"

#include <errno.h>

static void make(struct kit *kit, uint32_t slots, uint32_t depth)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = PART,
		.slots_per_buffer = slots,
		.buffers = 1,
		.prefetch_depth = depth,
	};

	fake_reset();
	kit_make_from(kit, &config);
}

static void test_a_prefetched_part_is_a_hit(void **state)
{
	struct kit kit;

	(void)state;
	make(&kit, 4, 0);
	kit_prefetch(&kit, 1);
	kit_await_finished(&kit, 1);
	kit_prefetch(&kit, 1);
	assert_true(kit_hits(&kit, 1));
	assert_true(kit_hits(&kit, 1));
	kit_prefetch(&kit, 1);
	assert_int_equal(fake.submitted, 1);
	assert_int_equal(kit_stats(&kit).prefetches, 1);
	assert_int_equal(kit_stats(&kit).prefetch_hits, 1);
	assert_int_equal(kit_stats(&kit).hits, 2);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_a_get_makes_a_prefetch_urgent(void **state)
{
	slot_ptr one, other;
	struct kit kit;

	(void)state;
	make(&kit, 4, 0);
	fake.held = true;
	kit_prefetch(&kit, 1);
	assert_int_equal(fake.options.flags, 0);
	one = kit_begin(&kit, 2);
	assert_int_equal(fake.options.flags, DMALOAD_URGENT);
	assert_int_equal(fake.hurried, 0);
	other = kit_begin(&kit, 1);
	assert_int_equal(fake.hurried, 1);
	kit_put(&kit, kit_begin(&kit, 1));
	kit_put(&kit, kit_begin(&kit, 2));
	assert_int_equal(fake.hurried, 1);
	fake.held = false;
	fake_end(0, "");
	fake_end(0, "");
	kit_put(&kit, one);
	kit_put(&kit, other);
	kit_drop(&kit);
}

static void test_a_get_joins_a_prefetch_in_flight(void **state)
{
	struct getter getter;
	struct kit kit;

	(void)state;
	make(&kit, 4, 0);
	fake.held = true;
	kit_prefetch(&kit, 1);
	getter_start(&getter, &kit, 1, DMALOAD_FOREVER);
	fake_await_waiters(2);
	/* The get makes it urgent. */
	assert_int_equal(fake.options.flags, 0);
	assert_int_equal(fake.hurried, 1);
	kit_put(&kit, kit_begin(&kit, 1));
	assert_int_equal(fake.hurried, 1);
	fake_end(0, "");
	assert_int_equal(getter_join(&getter), 0);
	assert_true(fake_holds(getter.slot, &kit.file, PART));
	kit_put(&kit, getter.slot);
	assert_int_equal(kit_stats(&kit).shared, 2);
	assert_int_equal(kit_stats(&kit).prefetch_hits, 1);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_prefetches_wait_their_turn(void **state)
{
	struct kit kit;
	slot_ptr slot;
	unsigned i;

	(void)state;
	make(&kit, 16, 3);
	fake.held = true;
	for (i = 0; i < 8; i++)
		kit_prefetch(&kit, i);
	assert_int_equal(fake_pending(), 3);
	/* A part that is announced twice, or needed before its turn, is read
	 * once. */
	kit_prefetch(&kit, 5);
	slot = kit_begin(&kit, 6);
	assert_int_equal(fake_pending(), 4);
	for (i = 0; i < 8; i++) {
		while (fake_pending() == 0)
			;
		fake_end(0, "");
	}
	kit_await_finished(&kit, 8);
	assert_int_equal(fake.submitted, 8);
	assert_int_equal(kit_stats(&kit).prefetches, 7);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 0);
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, NULL), 0);
	kit_put(&kit, slot);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_prefetches_end_in_any_order(void **state)
{
	struct kit kit;
	slot_ptr slot;

	(void)state;
	make(&kit, 16, 2);
	fake.held = true;
	kit_prefetch(&kit, 1);
	kit_prefetch(&kit, 2);
	kit_prefetch(&kit, 3);
	assert_int_equal(fake_pending(), 2);
	fake_end_newest(0, "");
	kit_await_finished(&kit, 1);
	/* The next prefetch takes its place. */
	assert_int_equal(fake.submitted, 3);
	assert_int_equal(fake.last.file_offset, 3 * PART);
	assert_true(kit_hits(&kit, 2));
	fake_end_newest(0, "");
	kit_await_finished(&kit, 2);
	slot = kit_begin(&kit, 1);
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, NULL),
			 -EINPROGRESS);
	fake_end(0, "");
	kit_await_finished(&kit, 3);
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, NULL), 0);
	kit_put(&kit, slot);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_too_many_prefetches_are_dropped(void **state)
{
	struct kit kit;
	unsigned i;

	(void)state;
	make(&kit, 200, 1);
	fake.held = true;
	for (i = 0; i < 100; i++)
		kit_prefetch(&kit, i % 2);
	for (i = 0; i < 1 + 64 + 5; i++)
		kit_prefetch(&kit, i);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 5);
	kit_drop(&kit);
	assert_int_equal(fake.canceled, 1);
}

static void test_a_waiting_get_comes_before_a_prefetch(void **state)
{
	struct getter getter;
	struct kit kit;

	(void)state;
	make(&kit, 1, 1);
	fake.held = true;
	kit_prefetch(&kit, 1);
	/* Use the slot, so that another prefetch may evict it. */
	kit_put(&kit, kit_begin(&kit, 1));
	getter_start(&getter, &kit, 2, DMALOAD_FOREVER);
	while (kit_stats(&kit).waits < 1)
		;
	kit_prefetch(&kit, 3);
	assert_int_equal(kit_stats(&kit).prefetch_drops, 0);
	fake_end(0, "");
	while (fake.submitted < 2)
		;
	assert_int_equal(fake.last.file_offset, 2 * PART);
	fake_end(0, "");
	assert_int_equal(getter_join(&getter), 0);
	kit_put(&kit, getter.slot);
	kit_drop(&kit);
}

static void test_a_get_repeats_a_failed_prefetch(void **state)
{
	struct kit kit;

	(void)state;
	make(&kit, 2, 0);
	fake.failures = 1;
	fake.result = -EIO;
	kit_prefetch(&kit, 1);
	kit_await_finished(&kit, 1);
	assert_int_equal(kit_stats(&kit).failures, 1);
	assert_false(kit_hits(&kit, 1));
	fake.submit_error = -ENOMEM;
	kit_prefetch(&kit, 2);
	fake.submit_error = 0;
	assert_int_equal(kit_stats(&kit).failures, 2);
	kit_check_failure(&kit, dmaload_cache_prefetch(kit.cache, &kit.file,
						       1000 * PART, 1,
						       &kit.err), -ERANGE,
			  "exceed");
	kit_check_stats(&kit);
	kit_drop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_prefetched_part_is_a_hit),
		cmocka_unit_test(test_a_get_makes_a_prefetch_urgent),
		cmocka_unit_test(test_a_get_joins_a_prefetch_in_flight),
		cmocka_unit_test(test_prefetches_wait_their_turn),
		cmocka_unit_test(test_prefetches_end_in_any_order),
		cmocka_unit_test(test_too_many_prefetches_are_dropped),
		cmocka_unit_test(test_a_waiting_get_comes_before_a_prefetch),
		cmocka_unit_test(test_a_get_repeats_a_failed_prefetch),
	};

	return cmocka_run_group_tests_name("cache_ahead", tests, NULL, NULL);
}
