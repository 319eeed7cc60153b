/* SPDX-License-Identifier: MIT */
/* A comparison of direct and bounce that ends early: by a path, or by the load. */
#include <errno.h>

#include "scene.h"

#define MIB (1u << 20)
/* A pool of 32 KiB. */
#define POOL (4 * 8192u)

static const struct scene_setup into_base_pages = {
	.file_size = 4 * MIB, .buffer_size = 8 * MIB,
};

static void make(struct scene *scene, unsigned scattered)
{
	scene_make(scene, &into_base_pages);
	scene_set_range(scene, 0, 0, 4 * MIB);
	fake.scattered = scattered;
}

static void load(struct scene *scene)
{
	assert_int_equal(scene_load(scene), 0);
	scene_check_bytes(scene);
	scene_check_report(scene);
	/* Both ways at once pin no more than either. */
	assert_in_range(scene->report.pinned_bytes, 1, POOL);
}

static void no_pool_is_no_trial(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, 3);
	fake_fail_calls(FAKE_MAP, 1, FAKE_FOREVER, -ENOMEM);
	load(&scene);
	assert_int_equal(scene.report.bytes_bounced, 0);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "no memory");
	fake_fail_nothing();
	scene_drop(&scene);
}

/* Wherever in a trial a path turns out to be none, the other one has the rest. */
static void a_path_declines_in_a_trial(void **state)
{
	struct scene scene;
	unsigned n;

	(void)state;
	make(&scene, 3);
	for (n = 1; n < 60; n += 5) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, n, 1, -EFAULT);
		fake.order = (enum fake_order)(n % 3);
		fake.batch = 1 + n % 4;
		load(&scene);
		assert_int_equal(scene.report.bytes_buffered, 0);
		assert_true(scene.report.declined[DMALOAD_PATH_DIRECT][0] ||
			    scene.report.declined[DMALOAD_PATH_BOUNCE][0]);
	}
	fake_fail_nothing();
	scene_drop(&scene);
}

/* A file system that reads directly only says so: both paths end, one cleans up. */
static void a_file_system_that_lies_ends_it(void **state)
{
	struct scene scene;
	unsigned at;

	(void)state;
	make(&scene, 3);
	scene.node->silently_buffered = true;
	for (at = 0; at < 12 * POOL; at += POOL + POOL / 2) {
		scene.node->buffered_from = at;
		load(&scene);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		assert_true(scene.report.bytes_buffered > 0);
	}
	scene_drop(&scene);
}

static void a_trial_ends_with_its_load(void **state)
{
	struct scene scene;
	unsigned n;

	(void)state;
	make(&scene, 3);
	for (n = 1; n < 60; n += 7) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, n, 1, -EIO);
		assert_int_equal(scene_load(&scene), -EIO);
	}
	fake_fail_nothing();
	load(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "bounce is faster here");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(no_pool_is_no_trial),
		SCENE_TEST(a_path_declines_in_a_trial),
		SCENE_TEST(a_file_system_that_lies_ends_it),
		SCENE_TEST(a_trial_ends_with_its_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
