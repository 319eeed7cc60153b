/* SPDX-License-Identifier: MIT */
/*
 * Creating a cache succeeds, or leaves nothing: values of the config, each step
 * failing in turn, the caller's own buffers. Destroying a cache ends the loads
 * in flight.
 */
#include "kit.h"

#include <errno.h>
#include <string.h>

#define UNTOUCHED ((void *)1)

static const struct dmaload_cache_config good = {
	.size = sizeof(good),
	.slot_bytes = 2 * PART,
	.slots_per_buffer = 3,
	.buffers = 4,
};

static struct dmaload_error err;

static void refused(const struct dmaload_cache_config *config, int code,
		    const char *word)
{
	struct dmaload_slot_cache *cache = UNTOUCHED;

	err = (struct dmaload_error){ 0 };
	assert_int_equal(dmaload_cache_create(&cache, fake_ctx, config, &err),
			 code);
	assert_int_equal(err.code, code);
	if (!strstr(err.message, word))
		fail_msg("\"%s\" does not say \"%s\"", err.message, word);
	assert_int_equal(dmaload_cache_create(&cache, fake_ctx, config, NULL),
			 code);
	assert_ptr_equal(cache, UNTOUCHED);
	fake_check_empty();
}

static void test_bad_configs_are_refused(void **state)
{
	struct dmaload_cache_config config;

	(void)state;
	fake_reset();
#define REFUSED(member, value, code, word) do {		\
	config = good;					\
	config.member = (value);			\
	refused(&config, code, word);			\
} while (0)
	REFUSED(slot_bytes, 0, -EINVAL, "0 bytes");
	REFUSED(slot_bytes, PART + 1, -EINVAL, "4097 bytes");
	REFUSED(slots_per_buffer, 0, -EINVAL, "at least one");
	REFUSED(buffers, 0, -EINVAL, "at least one");
	REFUSED(align, 48, -EINVAL, "alignment 48");
	REFUSED(align, 2 * FAKE_PAGE, -EINVAL, "alignment 8192");
	REFUSED(buffers, 1u << 23, -EOVERFLOW, "larger slots");
	REFUSED(slots_per_buffer, UINT32_MAX, -EOVERFLOW, "larger slots");
	REFUSED(slot_bytes, UINT64_C(1) << 62, -EOVERFLOW, "address space");
	REFUSED(size, 0, -EINVAL, "size");
	REFUSED(size, sizeof(size_t) - 1, -EINVAL, "size");
	REFUSED(size, SIZE_MAX, -EINVAL, "size");
#undef REFUSED
}

static void test_a_failed_step_leaves_nothing(void **state)
{
	struct dmaload_slot_cache *cache = UNTOUCHED;
	unsigned n;

	(void)state;
	fake_reset();
	for (n = 1; n <= good.buffers; n++) {
		fake.buffer_fails = n;
		fake.buffer_error = -E2BIG;
		assert_int_equal(dmaload_cache_create(&cache, fake_ctx, &good,
						      &err), -E2BIG);
		assert_string_equal(err.message, "no buffer");
		assert_ptr_equal(cache, UNTOUCHED);
		fake_check_empty();
	}
	fake.events_error = -ENOMEM;
	refused(&good, -ENOMEM, "no events");
	fake.events_error = 0;
	fake.thread_fails = true;
	refused(&good, -EAGAIN, "cannot start the cache's thread");
	fake.thread_fails = false;

	for (n = 1; ; n++) {
		fake.allocation_fails = n;
		cache = UNTOUCHED;
		if (dmaload_cache_create(&cache, fake_ctx, &good, &err) == 0)
			break;
		assert_int_equal(err.code, -ENOMEM);
		assert_ptr_equal(cache, UNTOUCHED);
		fake_check_empty();
	}
	assert_true(n > 4);
	dmaload_cache_destroy(cache);
	fake_check_empty();
}

static void test_buffers_of_the_caller(void **state)
{
	struct dmaload_buffer *memory[4] = { NULL };
	struct dmaload_cache_config config = good;
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	for (i = 0; i < 3; i++)
		memory[i] = fake_buffer(6 * PART);
	config.memory = memory;
	refused(&config, -EINVAL, "buffer 3 is NULL");
	memory[3] = memory[1];
	refused(&config, -EINVAL, "buffers 1 and 3 are the same");
	memory[3] = fake_buffer(6 * PART - 1);
	refused(&config, -ENOSPC, "buffer 3 has 24575 bytes");
	config.buffers = 3;
	kit_make_from(&kit, &config);
	for (i = 0; i < 20; i++)
		kit_use(&kit, i);
	assert_int_equal(kit_stats(&kit).slots, 9);
	kit_check_stats(&kit);
	kit_drop(&kit);
	for (i = 0; i < 4; i++)
		fake_buffer_free(memory[i]);
}

static void test_destroy_cancels_loads_in_flight(void **state)
{
	struct kit kit;
	unsigned i;

	(void)state;
	fake_reset();
	kit_make(&kit, 2, 4);
	fake.held = true;
	for (i = 0; i < 5; i++)
		kit_put(&kit, kit_begin(&kit, i));
	for (i = 5; i < 20; i++)
		kit_prefetch(&kit, i);
	assert_int_equal(fake_pending(), 5 + DMALOAD_CACHE_PREFETCH_DEFAULT);
	kit_drop(&kit);
	assert_int_equal(fake.canceled, 5 + DMALOAD_CACHE_PREFETCH_DEFAULT);
	assert_int_equal(fake.submitted, fake.canceled);
	dmaload_cache_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_configs_are_refused),
		cmocka_unit_test(test_a_failed_step_leaves_nothing),
		cmocka_unit_test(test_buffers_of_the_caller),
		cmocka_unit_test(test_destroy_cancels_loads_in_flight),
	};

	return cmocka_run_group_tests_name("cache_create", tests, NULL, NULL);
}
