/* SPDX-License-Identifier: MIT */
/* A load of one read: its thread reads by itself, without a ring. */
#include <errno.h>

#include "model.h"
#include "scene.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

/* One read that has nothing beside it: no ring, nothing registered, two brackets. */
static void a_single_read_costs_little(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.options.cache = DMALOAD_CACHE_BYPASS;
	scene_set_range(&scene, 8192, 0, 4096);
	assert_int_equal(scene_load(&scene), 0);
	fake_count_anew();
	assert_int_equal(dmaload_load(scene.ctx, &scene.range, 1,
				      &scene.options, NULL, NULL), 0);
	assert_string_equal(fake_counts(), "read_at 1, sync 2, pid 1");
	fake_count_anew();
	assert_int_equal(scene_load(&scene), 0);
	assert_string_equal(fake_counts(), "read_text 1, read_at 1, "
			    "cachestat 1, sync 2, pid 1");
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	assert_int_equal(scene.report.bytes_bounced, 4096);
	assert_int_equal(scene.report.pinned_bytes, 4096);
	assert_int_equal(fake_rings(), 0);
	scene_drop(&scene);
}

static void a_single_read_goes_straight(void **state)
{
	struct scene scene;
	unsigned maps;

	(void)state;
	scene_make(&scene, &pinnable);
	maps = fake_maps();
	scene_set_range(&scene, 8192, 0, 8192);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_int_equal(scene.report.bytes_direct, 8192);
	/* No pool, which it has no need of. */
	assert_int_equal(fake_maps(), maps);
	scene_drop(&scene);
}

/* Whatever happens to a single read: interrupted, refused, short, failed. */
static void a_single_read_in_trouble(void **state)
{
	static const int codes[] = { -EINTR, -EAGAIN, -EFAULT, -EINVAL, -EIO };
	struct scene scene;
	unsigned i;
	int r;

	(void)state;
	for (i = 0; i < 10; i++) {
		scene_make(&scene, i % 2 ? &pfnmap : &pinnable);
		scene_set_range(&scene, 8192, 0, 8192);
		fake_fail_calls(FAKE_READ_AT, 1, 1 + i / 5, codes[i % 5]);
		r = scene_load(&scene);
		if (codes[i % 5] == -EIO) {
			scene_check_failure(&scene, r, -EIO, "offset 8192");
		} else {
			assert_int_equal(r, 0);
			scene_check_bytes(&scene);
			scene_check_report(&scene);
		}
		scene_drop(&scene);
		fake_check_balanced();
		fake_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_single_read_costs_little),
		SCENE_TEST(a_single_read_goes_straight),
		SCENE_TEST(a_single_read_in_trouble),
	};

	return cmocka_run_group_tests_name("single", tests, NULL, NULL);
}
