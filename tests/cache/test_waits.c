/* SPDX-License-Identifier: MIT */
/* Gets and waits for a read in flight: who shares it, and what ends a wait. */
#include "kit.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define GETTERS 8

static void test_gets_share_one_read(void **state)
{
	struct getter getters[GETTERS];
	struct kit kit;
	slot_ptr slot;
	unsigned i;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 2);
	slot = kit_begin(&kit, 3);
	for (i = 0; i < GETTERS; i++)
		getter_start(&getters[i], &kit, 3, DMALOAD_FOREVER);
	fake_await_waiters(GETTERS + 1);
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, &kit.err),
			 -EINPROGRESS);
	assert_int_equal(fake.submitted, 1);
	fake_end(0, "");
	for (i = 0; i < GETTERS; i++) {
		assert_int_equal(getter_join(&getters[i]), 0);
		assert_ptr_equal(getters[i].slot, slot);
		kit_put(&kit, getters[i].slot);
	}
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, &kit.err), 0);
	assert_true(fake_holds(slot, &kit.file, 3 * PART));
	kit_put(&kit, slot);
	assert_int_equal(kit_stats(&kit).shared, GETTERS);
	assert_int_equal(kit_stats(&kit).misses, 1);
	assert_int_equal(kit_stats(&kit).waits, GETTERS);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_gets_share_one_failure(void **state)
{
	struct getter getters[GETTERS];
	struct kit kit;
	slot_ptr slot;
	unsigned i;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 1);
	slot = kit_begin(&kit, 3);
	for (i = 0; i < GETTERS; i++)
		getter_start(&getters[i], &kit, 3, DMALOAD_FOREVER);
	fake_await_waiters(GETTERS + 1);
	fake_end(-EIO, "the disk failed");
	for (i = 0; i < GETTERS; i++) {
		assert_int_equal(getter_join(&getters[i]), -EIO);
		assert_int_equal(getters[i].err.code, -EIO);
		assert_string_equal(getters[i].err.message, "the disk failed");
		assert_null(getters[i].slot);
	}
	/* Each wait for the slot that was begun returns the reason. */
	for (i = 0; i < 2; i++)
		kit_check_failure(&kit, dmaload_cache_wait(kit.cache, slot, 0,
							   &kit.err), -EIO,
				  "the disk failed");
	/* The begun slot is still pinned, and it is the only one. */
	kit_check_failure(&kit, kit_try(&kit, 3, 0, &slot), -EBUSY, "all 1");
	kit_put(&kit, slot);
	fake.held = false;
	kit_use(&kit, 3);
	assert_true(kit_hits(&kit, 3));
	assert_int_equal(kit_stats(&kit).failures, 1);
	assert_int_equal(kit_stats(&kit).refused, 1);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_a_timeout_does_not_stop_the_read(void **state)
{
	struct kit kit;
	slot_ptr slot = NULL;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 2);
	kit_check_failure(&kit, kit_try(&kit, 1, 0, &slot), -EINPROGRESS, "");
	kit_check_failure(&kit, kit_try(&kit, 1, 1000, &slot), -EINPROGRESS, "");
	kit_check_failure(&kit, kit_try(&kit, 1, -1, &slot), -EINPROGRESS, "");
	assert_null(slot);
	assert_int_equal(kit_stats(&kit).slots_pinned, 0);
	assert_int_equal(fake.submitted, 1);
	fake_end(0, "");
	kit_await_finished(&kit, 1);
	assert_int_equal(kit_try(&kit, 1, 0, &slot), 0);
	assert_true(fake_holds(slot, &kit.file, PART));
	kit_put(&kit, slot);
	kit_check_stats(&kit);
	kit_drop(&kit);
}

static void test_the_fd_reports_the_end_of_loads(void **state)
{
	struct pollfd fd = { .events = POLLIN };
	uint64_t value;
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	fake.held = true;
	kit_make(&kit, 1, 2);
	fd.fd = dmaload_cache_fd(kit.cache, &kit.err);
	assert_true(fd.fd >= 0);
	assert_int_equal(dmaload_cache_fd(kit.cache, NULL), fd.fd);
	slot = kit_begin(&kit, 1);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(read(fd.fd, &value, sizeof(value)), -1);
	fake_end(0, "");
	assert_int_equal(poll(&fd, 1, -1), 1);
	assert_int_equal(read(fd.fd, &value, sizeof(value)), sizeof(value));
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, NULL), 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	kit_put(&kit, slot);
	slot = kit_begin(&kit, 2);
	fake_end(-EIO, "the disk failed");
	assert_int_equal(poll(&fd, 1, -1), 1);
	assert_int_equal(dmaload_cache_wait(kit.cache, slot, 0, NULL), -EIO);
	kit_put(&kit, slot);
	kit_drop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gets_share_one_read),
		cmocka_unit_test(test_gets_share_one_failure),
		cmocka_unit_test(test_a_timeout_does_not_stop_the_read),
		cmocka_unit_test(test_the_fd_reports_the_end_of_loads),
	};

	return cmocka_run_group_tests_name("cache_waits", tests, NULL, NULL);
}
