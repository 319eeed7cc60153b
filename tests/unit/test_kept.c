/* SPDX-License-Identifier: MIT */
/* A context keeps some things from load to load, and gives others back. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "gate.h"
#include "model.h"

static const struct scene_setup pinnable = { 0 };
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
	assert_int_equal(dmaload_ctx_trim(scenery.crowd.ctx), 0);
	gate_step(&scenery.gate);
	assert_int_equal(dmaload_ctx_trim(scenery.crowd.ctx), 0);
	assert_int_equal(fake_rings(), 1);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, job), 0);
	crowd_check(&scenery.crowd, scenery.ranges, 1, true);
	dmaload_job_destroy(job);
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
	struct crowd crowd;

	(void)state;
	crowd_make(&crowd, 8192, 4);
	crowd_add_file(&crowd, 65536, 0);
	crowd_add_buffer(&crowd, "pfnmap", 65536);
	crowd_add_buffer(&crowd, "heap", 65536);
	ranges[0] = crowd_range(&crowd, 0, 0, 0, 0, 65536);
	ranges[1] = crowd_range(&crowd, 0, 0, 1, 0, 65536);
	crowd_load_all(&crowd, &ranges[1], 1);
	assert_int_equal(crowd.report.pinned_bytes, 32768);
	crowd_load_all(&crowd, &ranges[0], 1);
	assert_int_equal(crowd.report.pool_registered, 1);
	assert_int_equal(crowd.report.pinned_bytes, 32768);
	crowd_load_all(&crowd, &ranges[1], 1);
	assert_int_equal(crowd.report.bytes_direct, 65536);
	assert_int_equal(crowd.report.pinned_bytes, 32768);
	assert_int_equal(fake_count(FAKE_RING_UNREGISTER), 1);
	/* Not for the sake of a single read, which pins little. */
	crowd_load_all(&crowd, &ranges[0], 1);
	ranges[1].length = 4096;
	crowd_load_all(&crowd, &ranges[1], 1);
	assert_int_equal(crowd.report.bytes_direct, 4096);
	assert_int_equal(crowd.report.pinned_bytes, 32768 + 4096);
	assert_int_equal(fake_count(FAKE_RING_UNREGISTER), 1);
	crowd_drop(&crowd);
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
	assert_non_null(strstr(scene.report.engine_declined, "EPERM"));
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
	assert_non_null(strstr(scene.report.engine_declined, "EPERM"));
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
	struct crowd *crowd = &scenery.crowd;
	struct dmaload_range ranges[2];
	struct dmaload_job *first, *job;
	struct fake_node *node;
	unsigned i, looks;

	(void)state;
	scenery_make(&scenery);
	node = crowd_add_file(crowd, 50000, 0);
	ranges[0] = crowd_range(crowd, 2, 0, 0, 0, 4000);
	ranges[1] = scenery.ranges[1];
	fake_set(&node->stuck, true);
	first = gate_submit(crowd, DMALOAD_LOAD, &ranges[0], 1, NULL);
	while (fake_count(FAKE_RING_SUBMIT) == 0)
		sched_yield();
	looks = fake_count(FAKE_READ_TEXT);
	assert_true(looks > 0);
	for (i = 0; i < 10; i++) {
		job = gate_submit(crowd, DMALOAD_LOAD, &ranges[1], 1, NULL);
		assert_int_equal(scenery_wait(&scenery, job), 0);
		dmaload_job_destroy(job);
	}
	assert_int_equal(fake_count(FAKE_READ_TEXT), looks);
	fake_set(&node->stuck, false);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	job = gate_submit(crowd, DMALOAD_LOAD, &ranges[1], 1, NULL);
	assert_int_equal(scenery_wait(&scenery, job), 0);
	assert_int_equal(fake_count(FAKE_READ_TEXT), looks + 1);
	dmaload_job_destroy(first);
	dmaload_job_destroy(job);
	crowd_check(crowd, ranges, 2, true);
	scenery_drop(&scenery);
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
	assert_string_equal(fake_counts(), "read_at 1, sync 2, pid 2");
	fake_count_anew();
	assert_int_equal(scene_load(&scene), 0);
	assert_string_equal(fake_counts(), "read_text 1, read_at 1, "
			    "cachestat 1, sync 2, pid 2");
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
		SCENE_TEST(made_once),
		SCENE_TEST(given_back),
		SCENE_TEST(given_back_beside_a_load),
		SCENE_TEST(given_back_within_a_load),
		SCENE_TEST(nothing_pinned_when_idle),
		SCENE_TEST(what_stays_pinned_is_reported),
		SCENE_TEST(a_ring_that_failed_is_replaced),
		SCENE_TEST(a_refusal_is_remembered),
		SCENE_TEST(a_filter_comes_later),
		SCENE_TEST(a_filter_that_refuses_comes_later),
		SCENE_TEST(one_look_for_jobs_at_the_same_time),
		SCENE_TEST(a_child_closes_its_rings),
		SCENE_TEST(a_single_read_costs_little),
		SCENE_TEST(a_single_read_goes_straight),
		SCENE_TEST(a_single_read_in_trouble),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
