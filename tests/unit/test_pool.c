/* SPDX-License-Identifier: MIT */
/* The bounce pool: what it is made of, and what if it cannot be had. */
#include <errno.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static void pool_is_kept_and_described(void **state)
{
	static const enum dmaload_pages pages[] = {
		DMALOAD_PAGES_BASE, DMALOAD_PAGES_TRANSPARENT,
		DMALOAD_PAGES_HUGETLB, DMALOAD_PAGES_UNKNOWN,
	};
	struct scene scene;
	unsigned maps;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		fake.huge_pages = pages[i] == DMALOAD_PAGES_TRANSPARENT;
		fake.hugetlb = pages[i] == DMALOAD_PAGES_HUGETLB;
		if (pages[i] == DMALOAD_PAGES_UNKNOWN)
			fake_fail_calls(FAKE_PAGEMAP, 1, 0, -ENOTTY);
		scene_make(&scene, &(struct scene_setup){
				   .pfnmap = true, .chunk = 1 << 20,
				   .depth = 2 });
		assert_int_equal(scene_load(&scene), 0);
		assert_int_equal(scene.report.pool_pages, pages[i]);
		assert_int_equal(scene.report.pinned_bytes, 2 << 20);
		maps = fake_count(FAKE_MAP);
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		/* One page to ask about POPULATE_WRITE, and no new pool. */
		assert_true(fake_count(FAKE_MAP) <= maps + 1);
		scene_drop(&scene);
		fake_reset();
	}
}

static void pool_need_not_be_registered(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_RING_REGISTER, 1, 1, -ENOMEM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_bounced, 90000);
	assert_int_equal(scene.report.pool_registered, 0);
	assert_non_null(strstr(scene.report.unregistered, "RLIMIT_MEMLOCK"));
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);

	scene_load_all(&scene);
	assert_int_equal(scene.report.pool_registered, 1);
	assert_string_equal(scene.report.unregistered, "");
	scene_drop(&scene);
}

static void no_memory_for_a_pool(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_fail_calls(FAKE_MAP, 1, 0, -ENOMEM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "ENOMEM");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "ENOMEM");
	/* An aligned range needs none. */
	scene_set_range(&scene, 0, 0, 81920);
	assert_int_equal(scene_load(&scene), 0);
	assert_int_equal(scene.report.bytes_direct, 81920);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(pool_is_kept_and_described),
		SCENE_TEST(pool_need_not_be_registered),
		SCENE_TEST(no_memory_for_a_pool),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
