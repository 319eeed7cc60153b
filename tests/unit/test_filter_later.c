/* SPDX-License-Identifier: MIT */
/* A seccomp filter that comes after a context has loaded, and the looks for one. */
#include <errno.h>

#include "gate.h"
#include "model.h"

static const struct scene_setup pfnmap = { .pfnmap = true };

/* A process that has loaded enters a sandbox: old calls close what it keeps. */
static void a_filter_comes_later(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		scene_make(&scene, &pfnmap);
		scene_load_all(&scene);
		assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
		assert_int_equal(scene.report.pool_registered, 1);
		fake.status = "Name:\tdmaload\nSeccomp:\t2\n";
		fake.knows = DMALOAD_SYSCALLS_OLD;
		if (i == 1)
			assert_int_equal(dmaload_ctx_trim(scene.ctx), 0);
		if (i == 2)
			scene_set_range(&scene, 8192, 0, 4096);
		if (i > 0)
			assert_int_equal(scene_load(&scene), 0);
		assert_true(i < 3 ||
			    scene.report.engine == DMALOAD_ENGINE_THREADS);
		scene_drop(&scene);
		fake_check_balanced();
		fake_reset();
	}
}

/* Where the caller has it that all calls may be made, it may refuse and not kill. */
static void a_filter_that_refuses_comes_later(void **state)
{
	struct scene_setup setup = {
		.pfnmap = true, .syscalls = DMALOAD_SYSCALLS_ALL,
	};
	struct scene scene;

	(void)state;
	scene_make(&scene, &setup);
	scene_load_all(&scene);
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	fake_fail_calls(FAKE_RING_CHECK, 1, FAKE_FOREVER, -EPERM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	check_says(scene.report.engine_declined, "EPERM");
	assert_int_equal(fake_rings(), 1);
	scene_drop(&scene);
	fake_check_balanced();
	fake_reset();

	setup.engine = DMALOAD_ENGINE_URING;
	scene_make(&scene, &setup);
	scene_load_all(&scene);
	fake_fail_calls(FAKE_RING_CHECK, 1, FAKE_FOREVER, -EPERM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "EPERM");
	scene_drop(&scene);
}

/* A child of fork() closes the rings that it has inherited, and touches no more. */
/* /proc takes as long as a small load: so jobs that go on at the same time are served by one
 * look at it, and one that is submitted when all have ended, by another. */
static void one_look_for_jobs_at_the_same_time(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range ranges[2];
	struct dmaload_job *first, *job;
	struct fake_node *node;
	unsigned i, looks;

	(void)state;
	scenery_make(&scenery);
	node = scene_add_file(scene, 50000, 0);
	ranges[0] = scene_range(scene, 2, 0, 0, 0, 4000);
	ranges[1] = scenery.ranges[1];
	fake_set(&node->stuck, true);
	first = gate_submit(scene, DMALOAD_LOAD, &ranges[0], 1, NULL);
	while (fake_count(FAKE_RING_SUBMIT) == 0)
		sched_yield();
	looks = fake_count(FAKE_READ_TEXT);
	assert_true(looks > 0);
	for (i = 0; i < 10; i++) {
		job = gate_submit(scene, DMALOAD_LOAD, &ranges[1], 1, NULL);
		assert_int_equal(scenery_wait(&scenery, job), 0);
		dmaload_job_destroy(job);
	}
	assert_int_equal(fake_count(FAKE_READ_TEXT), looks);
	fake_set(&node->stuck, false);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	job = gate_submit(scene, DMALOAD_LOAD, &ranges[1], 1, NULL);
	assert_int_equal(scenery_wait(&scenery, job), 0);
	assert_int_equal(fake_count(FAKE_READ_TEXT), looks + 1);
	dmaload_job_destroy(first);
	dmaload_job_destroy(job);
	scene_check_ranges(scene, ranges, 2, true);
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_filter_comes_later),
		SCENE_TEST(a_filter_that_refuses_comes_later),
		SCENE_TEST(one_look_for_jobs_at_the_same_time),
	};

	return cmocka_run_group_tests_name("filter_later", tests, NULL, NULL);
}
