/* SPDX-License-Identifier: MIT */
/*
 * NULL for each pointer argument, and structs of other sizes than the
 * library's. tests/api/nulls.py and versions.py check that none is missing
 * here.
 */
#include "kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct dmaload_error err;

#define REFUSED(call) do {					\
	err = (struct dmaload_error){ .code = 0 };		\
	assert_int_equal(call, -EINVAL);			\
	assert_int_equal(err.code, -EINVAL);			\
	assert_true(err.message[0] != '\0');			\
} while (0)

static const struct dmaload_cache_config good = {
	.size = sizeof(good),
	.slot_bytes = PART,
	.slots_per_buffer = 2,
	.buffers = 2,
};

static void test_null_cache(void **state)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };
	struct dmaload_slot_cache *cache;
	struct dmaload_file file = { .size = PART };
	slot_ptr slot;

	(void)state;
	fake_reset();
	REFUSED(dmaload_cache_create(NULL, fake_ctx, &good, &err));
	REFUSED(dmaload_cache_create(&cache, NULL, &good, &err));
	REFUSED(dmaload_cache_create(&cache, fake_ctx, NULL, &err));
	assert_int_equal(dmaload_cache_create(&cache, fake_ctx, NULL, NULL),
			 -EINVAL);
	REFUSED(dmaload_cache_get(NULL, &file, 0, 1, 0, &slot, &err));
	REFUSED(dmaload_cache_begin(NULL, &file, 0, 1, &slot, &err));
	REFUSED(dmaload_cache_wait(NULL, (slot_ptr)&file, 0, &err));
	REFUSED(dmaload_cache_prefetch(NULL, &file, 0, 1, &err));
	REFUSED(dmaload_cache_stats(NULL, &stats, &err));
	REFUSED(dmaload_cache_fd(NULL, &err));
	dmaload_cache_put(NULL, (slot_ptr)&file);
	dmaload_cache_drop(NULL, &file);
	dmaload_cache_destroy(NULL);
	fake_check_empty();
}

static void test_null_arguments(void **state)
{
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 2);
	REFUSED(dmaload_cache_get(kit.cache, NULL, 0, 1, 0, &slot, &err));
	REFUSED(dmaload_cache_get(kit.cache, &kit.file, 0, 1, 0, NULL, &err));
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, 0, 1, 0, NULL,
					   NULL), -EINVAL);
	REFUSED(dmaload_cache_begin(kit.cache, NULL, 0, 1, &slot, &err));
	REFUSED(dmaload_cache_begin(kit.cache, &kit.file, 0, 1, NULL, &err));
	assert_int_equal(dmaload_cache_begin(kit.cache, NULL, 0, 1, &slot, NULL),
			 -EINVAL);
	REFUSED(dmaload_cache_wait(kit.cache, NULL, 0, &err));
	assert_int_equal(dmaload_cache_wait(kit.cache, NULL, 0, NULL), -EINVAL);
	REFUSED(dmaload_cache_prefetch(kit.cache, NULL, 0, 1, &err));
	assert_int_equal(dmaload_cache_prefetch(kit.cache, NULL, 0, 1, NULL),
			 -EINVAL);
	REFUSED(dmaload_cache_stats(kit.cache, NULL, &err));
	assert_int_equal(dmaload_cache_stats(kit.cache, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_cache_fd(NULL, NULL), -EINVAL);
	dmaload_cache_put(kit.cache, NULL);
	dmaload_cache_drop(kit.cache, NULL);
	assert_int_equal(fake.submitted, 0);
	kit_drop(&kit);
}

static void test_failures_without_a_struct_for_the_error(void **state)
{
	struct kit kit;
	slot_ptr slot;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 1);
	fake.failures = 1;
	fake.result = -EIO;
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, 0, 1,
					   DMALOAD_FOREVER, &slot, NULL), -EIO);
	fake.submit_error = -ENOMEM;
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, 0, 1, 0, &slot,
					   NULL), -ENOMEM);
	fake.submit_error = 0;
	fake.held = true;
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, 0, 1, 0, &slot,
					   NULL), -EINPROGRESS);
	assert_int_equal(dmaload_cache_get(kit.cache, &kit.file, 5, 1, 0, &slot,
					   NULL), -EBUSY);
	kit_drop(&kit);
}

/* Allocate exactly the size of the struct, so that a sanitizer notices a read
 * beyond it. */
static void *exactly(const void *own, size_t own_size, size_t size)
{
	unsigned char *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, 0, size);
	memcpy(bytes, own, size < own_size ? size : own_size);
	memcpy(bytes, &size, sizeof(size));
	return bytes;
}

static void test_config_of_any_size(void **state)
{
	const size_t needed = offsetof(struct dmaload_cache_config, source);
	struct dmaload_slot_cache *cache;
	unsigned char *config;
	size_t size;
	int r;

	(void)state;
	fake_reset();
	for (size = sizeof(size_t); size < sizeof(good) + 16; size++) {
		/* Half of a member of an unknown size may be valid. */
		if (size > needed - sizeof(good.buffers) && size < needed)
			continue;
		config = exactly(&good, sizeof(good), size);
		r = dmaload_cache_create(&cache, fake_ctx, (void *)config,
					 NULL);
		assert_int_equal(r, size < needed ? -EINVAL : 0);
		if (r == 0)
			dmaload_cache_destroy(cache);
		if (size > sizeof(good)) {
			config[size - 1] = 1;
			REFUSED(dmaload_cache_create(&cache, fake_ctx,
						     (void *)config, &err));
		}
		free(config);
	}
	fake_check_empty();
}

static void test_stats_of_any_size(void **state)
{
	struct dmaload_cache_stats own = { .size = sizeof(own) };
	unsigned char *stats;
	struct kit kit;
	size_t size, i;

	(void)state;
	fake_reset();
	kit_make(&kit, 1, 2);
	kit_use(&kit, 1);
	assert_int_equal(dmaload_cache_stats(kit.cache, &own, NULL), 0);
	for (size = sizeof(size_t); size < sizeof(own) + 16; size++) {
		stats = exactly(&own, 0, size);
		memset(stats + sizeof(size), 0xff, size - sizeof(size));
		assert_int_equal(dmaload_cache_stats(kit.cache, (void *)stats,
						     NULL), 0);
		assert_memory_equal(stats, &size, sizeof(size));
		for (i = sizeof(size); i < size; i++)
			assert_int_equal(stats[i], i < sizeof(own) ?
					 ((unsigned char *)&own)[i] : 0);
		free(stats);
	}
	own.size = sizeof(size_t) - 1;
	REFUSED(dmaload_cache_stats(kit.cache, &own, &err));
	own.size = SIZE_MAX;
	REFUSED(dmaload_cache_stats(kit.cache, &own, &err));
	kit_drop(&kit);
}

/* A later version would put a new member into the padding of this one. */
static void test_structs_end_without_padding(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct dmaload_cache_config, prefetch_depth) +
			 sizeof(uint32_t), sizeof(struct dmaload_cache_config));
	assert_int_equal(offsetof(struct dmaload_cache_stats, slots_pinned) +
			 sizeof(uint64_t), sizeof(struct dmaload_cache_stats));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_null_cache),
		cmocka_unit_test(test_null_arguments),
		cmocka_unit_test(test_failures_without_a_struct_for_the_error),
		cmocka_unit_test(test_config_of_any_size),
		cmocka_unit_test(test_stats_of_any_size),
		cmocka_unit_test(test_structs_end_without_padding),
	};

	return cmocka_run_group_tests_name("cache_arguments", tests, NULL, NULL);
}
