/* SPDX-License-Identifier: MIT */
/* Drop a file while its parts are resident, in flight, failing or announced. */
#include "kit.h"

#include <errno.h>

static void test_dropped_parts_are_read_again(void **state)
{
	struct dmaload_file other = { .size = 100 * PART, .number = 9 };
	slot_ptr pinned, again, slot;
	struct kit kit;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 4);
	pinned = kit_get(&kit, 1);
	kit_use(&kit, 2);
	assert_int_equal(dmaload_cache_get(kit.cache, &other, 0, PART,
					   DMALOAD_FOREVER, &slot, NULL), 0);
	kit_put(&kit, slot);
	/* The file gets other contents. */
	dmaload_cache_drop(kit.cache, &kit.file);
	assert_int_equal(kit_stats(&kit).dropped, 2);
	assert_int_equal(kit_stats(&kit).slots_resident, 1);
	assert_true(fake_holds(pinned, &kit.file, PART));
	assert_int_equal(dmaload_cache_wait(kit.cache, pinned, 0, NULL), 0);
	kit.file.number = 77;
	again = kit_get(&kit, 1);
	assert_true(again != pinned);
	assert_false(kit_hits(&kit, 2));
	kit_put(&kit, pinned);
	kit_put(&kit, again);
	assert_true(kit_hits(&kit, 1));
	assert_int_equal(kit_stats(&kit).slots_pinned, 0);
	assert_int_equal(dmaload_cache_get(kit.cache, &other, 0, PART, 0, &slot,
					   NULL), 0);
	kit_put(&kit, slot);
	assert_int_equal(kit_stats(&kit).evictions, 0);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_loads_of_a_dropped_file_end_for_waiters(void **state)
{
	struct getter getter;
	slot_ptr slot, given_up;
	struct kit kit;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 4);
	getter_start(&getter, &kit, 1, DMALOAD_FOREVER);
	fake_await_waiters(2);
	given_up = kit_begin(&kit, 2);
	kit_put(&kit, given_up);
	dmaload_cache_drop(kit.cache, &kit.file);
	dmaload_cache_drop(kit.cache, &kit.file);
	slot = kit_begin(&kit, 1);
	assert_int_equal(fake.submitted, 3);
	fake_end(0, "");
	assert_int_equal(getter_join(&getter), 0);
	assert_true(getter.slot != slot);
	assert_true(fake_holds(getter.slot, &kit.file, PART));
	fake_end(0, "");
	fake_end(0, "");
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, DMALOAD_FOREVER,
					    NULL), 0);
	kit_await_finished(&kit, 3);
	kit_put(&kit, getter.slot);
	kit_put(&kit, slot);
	assert_int_equal(kit_stats(&kit).dropped, 2);
	assert_int_equal(kit_stats(&kit).slots_resident, 1);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_a_load_of_a_dropped_file_fails(void **state)
{
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 1);
	slot = kit_begin(&kit, 1);
	dmaload_cache_drop(kit.cache, &kit.file);
	fake_end(-EIO, "the disk failed");
	kit_check_failure(&kit, dmaload_cache_wait(kit.cache, slot,
						   DMALOAD_FOREVER, &kit.err),
			  -EIO, "the disk failed");
	dmaload_cache_drop(kit.cache, &kit.file);
	kit_put(&kit, slot);
	fake.held = false;
	kit_use(&kit, 1);
	assert_int_equal(kit_stats(&kit).dropped, 0);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_prefetches_of_a_dropped_file_do_not_run(void **state)
{
	struct dmaload_file other = { .size = 100 * PART, .number = 9 };
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 32);
	for (i = 0; i < 20; i++) {
		kit_prefetch(&kit, i);
		dmaload_cache_prefetch(kit.cache, &other, i * PART, PART, NULL);
	}
	dmaload_cache_drop(kit.cache, &kit.file);
	for (i = 0; i < 1 + 20; i++) {
		while (fake_pending() == 0)
			;
		assert_true(fake.submitted <= 21);
		fake_end(0, "");
	}
	kit_await_finished(&kit, 21);
	assert_ptr_equal(fake.last.file, &other);
	assert_int_equal(kit_stats(&kit).slots_resident, 20);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dropped_parts_are_read_again),
		cmocka_unit_test(test_loads_of_a_dropped_file_end_for_waiters),
		cmocka_unit_test(test_a_load_of_a_dropped_file_fails),
		cmocka_unit_test(test_prefetches_of_a_dropped_file_do_not_run),
	};

	return cmocka_run_group_tests_name("cache_drop", tests, NULL, NULL);
}
