/* SPDX-License-Identifier: MIT */
/* A load leaves in the page cache what was there, and nothing more. */
#include <errno.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static void cached_pages_stay(void **state)
{
	static const char *const sources[] = { "memfd", "system", "foreign" };
	struct scene scene;
	uint64_t i, round;

	(void)state;
	for (round = 0; round < 6; round++) {
		scene_make(&scene, &(struct scene_setup){
				   .source = sources[round % 3] });
		if (round >= 3)
			scene.node->direct_error = -EINVAL;
		fake_cache(scene.node, 5 * FAKE_PAGE, 3 * FAKE_PAGE);
		fake_cache(scene.node, 24 * FAKE_PAGE, 1);
		scene_set_range(&scene, 4000, 0, 90000);
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		for (i = 0; i < 25; i++)
			assert_int_equal(fake_cached(scene.node, i * FAKE_PAGE),
					 (i >= 5 && i < 8) || i == 24);
		assert_int_equal(scene.report.cache_before_bytes,
				 3 * FAKE_PAGE);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		scene_drop(&scene);
		fake_reset();
	}
}

static void foreign_cache_is_not_dropped_blindly(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	scene.node->direct_error = -EINVAL;
	scene.node->may_write = false;
	scene.node->st.uid++;
	fake_cache(scene.node, 0, FAKE_PAGE);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_true(scene.report.cache_residue_bytes == DMALOAD_UNKNOWN);
	assert_true(scene.report.cache_before_bytes == DMALOAD_UNKNOWN);
	/* The kernel drops what it brings in, where it can (6.14). */
	assert_true(fake_cached(scene.node, 0));
	assert_false(fake_cached(scene.node, 50000));

	fake.no_dontcache = true;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_true(fake_cached(scene.node, 50000));
	assert_true(scene.report.cache_residue_bytes == DMALOAD_UNKNOWN);
	scene_drop(&scene);
}

/* The file system takes O_DIRECT and reads through the page cache. */
static void silent_buffering_is_noticed(void **state)
{
	struct scene scene;
	uint64_t i;
	int round;

	(void)state;
	for (round = 0; round < 2; round++) {
		scene_make(&scene, round ? &pfnmap : &pinnable);
		scene.node->silently_buffered = true;
		fake_cache(scene.node, 20 * FAKE_PAGE, 2 * FAKE_PAGE);
		scene_load_all(&scene);
		scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "page cache");
		assert_true(scene.report.bytes_buffered > 20000);
		for (i = 0; i < 25; i++)
			assert_int_equal(fake_cached(scene.node, i * FAKE_PAGE),
					 i == 20 || i == 21);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		scene_drop(&scene);
		fake_reset();
	}
}

/* With one read for everything it is noticed when all is done. */
static void silent_buffering_of_the_last_read(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene.node->silently_buffered = true;
	scene.options.paths = DMALOAD_ALLOW_BOUNCE;
	scene_set_range(&scene, 4096, 0, 4096);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_int_equal(scene.report.bytes_bounced, 4096);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "page cache");
	assert_false(fake_cached(scene.node, 4096));
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

/* A load reads bytes by its own path that cannot be copied from there. */
static void resident_bytes_that_cannot_be_copied(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake.no_copy_mapped = true;
	fake_cache(scene.node, 0, 100000);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_cached, 0);
	assert_true(fake_cached(scene.node, 50000));
	fake.no_copy_mapped = false;
	scene.node->no_mmap = true;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_cached, 0);
	scene_drop(&scene);
}

/* btrfs compresses a part of a file and another not. */
static void silent_buffering_after_a_direct_read(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.node->silently_buffered = true;
	scene.node->buffered_from = 8192;
	scene_load_all(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "page cache");
	assert_true(scene.report.bytes_buffered > 20000);
	assert_false(fake_cached(scene.node, 20000));
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

/* Pages that were in the cache before prove nothing. */
static void cached_file_is_not_taken_for_silent(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_cache(scene.node, 0, 100000);
	scene.options.cache = DMALOAD_CACHE_BYPASS;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_bounced, 90000);
	assert_true(fake_cached(scene.node, 0));
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(cached_pages_stay),
		SCENE_TEST(foreign_cache_is_not_dropped_blindly),
		SCENE_TEST(silent_buffering_is_noticed),
		SCENE_TEST(silent_buffering_of_the_last_read),
		SCENE_TEST(silent_buffering_after_a_direct_read),
		SCENE_TEST(resident_bytes_that_cannot_be_copied),
		SCENE_TEST(cached_file_is_not_taken_for_silent),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
