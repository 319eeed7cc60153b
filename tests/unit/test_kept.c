/* SPDX-License-Identifier: MIT */
/* A context keeps some things from load to load, and gives others back. */
#include <errno.h>

#include "gate.h"
#include "model.h"

static const struct scene_setup pfnmap = { .pfnmap = true };

static void made_once(void **state)
{
	struct scene scene;
	unsigned i, maps = 0;

	(void)state;
	scene_make(&scene, &pfnmap);
	for (i = 0; i < 5; i++) {
		scene_load_all(&scene);
		assert_int_equal(scene.report.pool_registered, 1);
		if (i == 0)
			maps = fake_maps();
		assert_int_equal(fake_maps(), maps);
	}
	assert_int_equal(fake_count(FAKE_RING_CREATE), 1);
	assert_int_equal(fake_count(FAKE_RING_REGISTER), 1);
	assert_int_equal(fake_rings(), 1);
	scene_drop(&scene);
}

static void given_back(void **state)
{
	struct scene scene;
	unsigned maps;

	(void)state;
	scene_make(&scene, &pfnmap);
	maps = fake_maps();
	assert_int_equal(dmaload_ctx_trim(scene.ctx), 0);
	scene_load_all(&scene);
	assert_int_equal(fake_maps(), maps + 1);
	assert_int_equal(dmaload_ctx_trim(scene.ctx), 0);
	assert_int_equal(fake_maps(), maps);
	assert_int_equal(fake_rings(), 0);
	scene_load_all(&scene);
	assert_int_equal(fake_count(FAKE_RING_CREATE), 2);
	assert_int_equal(dmaload_ctx_trim(NULL), -EINVAL);
	fake.pid = 99999;
	assert_int_equal(dmaload_ctx_trim(scene.ctx), -ECHILD);
	fake.pid = 0;
	scene_drop(&scene);
}

/* Memory in use stays. */
static void given_back_beside_a_load(void **state)
{
	struct scenery scenery;
	struct dmaload_job *job;

	(void)state;
	scenery_make(&scenery);
	job = scenery_hold(&scenery);
	assert_int_equal(dmaload_ctx_trim(scenery.scene.ctx), 0);
	gate_step(&scenery.gate);
	assert_int_equal(dmaload_ctx_trim(scenery.scene.ctx), 0);
	assert_int_equal(fake_rings(), 1);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, job), 0);
	scene_check_ranges(&scenery.scene, scenery.ranges, 1, true);
	dmaload_job_destroy(job);
	scenery_drop(&scenery);
}

/* A stream, or buffered reads, leave the ring to those that need it. */
static void the_ring_is_for_others(void **state)
{
	struct dmaload_options buffered = {
		.size = sizeof(buffered),
		.paths = DMALOAD_ALLOW_BUFFERED,
	};
	struct dmaload_job *jobs[3];
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	scene_add_file(scene, 50000, 0);
	scene->nodes[1]->stalls = FAKE_FOREVER;
	scene->nodes[2]->stuck = true;
	scenery.ranges[3] = scene_range(scene, 2, 0, 0, 50000, 10000);
	jobs[0] = scenery_submit(&scenery, 1, NULL);
	assert_int_equal(scenery_wait(&scenery, jobs[0]), 0);
	dmaload_job_destroy(jobs[0]);
	jobs[0] = scenery_submit(&scenery, 2, NULL);
	jobs[1] = scenery_submit(&scenery, 3, &buffered);
	while (fake_count(FAKE_WAIT_READABLE) == 0 || fake_count(FAKE_READ_AT) == 0)
		sched_yield();
	jobs[2] = scenery_submit(&scenery, 1, NULL);
	assert_int_equal(scenery_wait(&scenery, jobs[2]), 0);
	assert_int_equal(fake_count(FAKE_RING_CREATE), 1);
	fake_set(&scene->nodes[2]->stuck, false);
	assert_int_equal(scenery_wait(&scenery, jobs[1]), 0);
	for (i = 0; i < 3; i++)
		dmaload_job_destroy(jobs[i]);
	scenery_drop(&scenery);
}

static int trim(const struct dmaload_progress *progress, void *ctx)
{
	(void)progress;
	return dmaload_ctx_trim(ctx);
}

/* The load goes on with the memory it has, in flight or not. */
static void given_back_within_a_load(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		fake.order = (enum fake_order)(i % 3);
		fake.batch = 1 + i % 4;
		if (i % 2)
			fake_fail_calls(FAKE_RING_REGISTER, 1, 1, -ENOMEM);
		scene_make(&scene, &(struct scene_setup){
				   .pfnmap = i < 6, .depth = 1 + i % 4 });
		scene.options.progress = trim;
		scene.options.progress_data = scene.ctx;
		scene_load_all(&scene);
		scene_set_range(&scene, 100, 100, 70000);
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		scene_check_report(&scene);
		scene_drop(&scene);
		fake_check_balanced();
		fake_reset();
	}
}

/* RLIMIT_MEMLOCK is the user's, and not this context's alone. */
static void nothing_pinned_when_idle(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	/* The pool has 32 KiB. */
	fake.memlock_max = 4 * 32768 - 1;
	scene_load_all(&scene);
	scene_load_all(&scene);
	assert_int_equal(scene.report.pool_registered, 1);
	assert_int_equal(fake_count(FAKE_RING_REGISTER), 2);
	assert_int_equal(fake_count(FAKE_RING_UNREGISTER), 2);
	fake.memlock_max++;
	scene_load_all(&scene);
	scene_load_all(&scene);
	assert_int_equal(fake_count(FAKE_RING_REGISTER), 3);
	assert_int_equal(fake_count(FAKE_RING_UNREGISTER), 2);
	scene_drop(&scene);
}

/* A load in place has no use for the pool that another left registered. */
static void what_stays_pinned_is_reported(void **state)
{
	struct dmaload_range ranges[2];
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 8192, 4);
	scene_add_file(&scene, 65536, 0);
	scene_add_buffer(&scene, "pfnmap", 65536);
	scene_add_buffer(&scene, "heap", 65536);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, 65536);
	ranges[1] = scene_range(&scene, 0, 0, 1, 0, 65536);
	scene_expect_load(&scene, &ranges[1], 1);
	assert_int_equal(scene.report.pinned_bytes, 32768);
	scene_expect_load(&scene, &ranges[0], 1);
	assert_int_equal(scene.report.pool_registered, 1);
	assert_int_equal(scene.report.pinned_bytes, 32768);
	scene_expect_load(&scene, &ranges[1], 1);
	assert_int_equal(scene.report.bytes_direct, 65536);
	assert_int_equal(scene.report.pinned_bytes, 32768);
	assert_int_equal(fake_count(FAKE_RING_UNREGISTER), 1);
	/* Not for the sake of a single read, which pins little. */
	scene_expect_load(&scene, &ranges[0], 1);
	ranges[1].length = 4096;
	scene_expect_load(&scene, &ranges[1], 1);
	assert_int_equal(scene.report.bytes_direct, 4096);
	assert_int_equal(scene.report.pinned_bytes, 32768 + 4096);
	assert_int_equal(fake_count(FAKE_RING_UNREGISTER), 1);
	scene_drop(&scene);
}

static void a_ring_that_failed_is_replaced(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene_load_all(&scene);
	fake_fail_calls(FAKE_RING_SUBMIT, 2, 1, -EBADR);
	scene_check_failure(&scene, scene_load(&scene), -EBADR, "io_uring");
	assert_int_equal(fake_rings(), 0);
	scene_load_all(&scene);
	assert_int_equal(scene.report.pool_registered, 1);
	assert_int_equal(fake_count(FAKE_RING_CREATE), 2);
	scene_drop(&scene);
}

/* A rule that forbids io_uring is asked about once; a shortage may pass. */
static void a_refusal_is_remembered(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -EPERM);
	scene_load_all(&scene);
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	check_says(scene.report.engine_declined, "EPERM");
	assert_int_equal(fake_count(FAKE_RING_CREATE), 1);
	assert_int_equal(fake_count(FAKE_THREADS_CREATE), 1);
	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -ENOMEM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_THREADS);
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_URING);
	assert_int_equal(fake_rings(), 1);
	scene_drop(&scene);
}

static void a_child_closes_its_rings(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene_load_all(&scene);
	fake.pid = 99999;
	dmaload_ctx_destroy(scene.ctx);
	assert_int_equal(fake_count(FAKE_RING_DISOWN), 1);
	assert_int_equal(fake_rings(), 1);
	fake.pid = 0;
	scene_load_all(&scene);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(made_once),
		SCENE_TEST(given_back),
		SCENE_TEST(given_back_beside_a_load),
		SCENE_TEST(the_ring_is_for_others),
		SCENE_TEST(given_back_within_a_load),
		SCENE_TEST(nothing_pinned_when_idle),
		SCENE_TEST(what_stays_pinned_is_reported),
		SCENE_TEST(a_ring_that_failed_is_replaced),
		SCENE_TEST(a_refusal_is_remembered),
		SCENE_TEST(a_child_closes_its_rings),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
