/* SPDX-License-Identifier: MIT */
/* Which engine reads: what is asked for, what is granted, and what is said. */
#include <errno.h>
#include <string.h>

#include "io/pump.h"
#include "scene.h"

static const struct scene_setup by_itself = { .pfnmap = true };
static const struct scene_setup uring = {
	.pfnmap = true, .engine = DMALOAD_ENGINE_URING,
};
static const struct scene_setup threads = {
	.pfnmap = true, .engine = DMALOAD_ENGINE_THREADS,
};

/* Bounce the file's end, too, which is not a whole block. */
static void check_bounced(struct scene *scene, enum dmaload_engine engine,
			  const char *why)
{
	scene_load_all(scene);
	assert_int_equal(scene->report.bytes_buffered, 0);
	assert_true(scene->report.bytes_bounced > 0);
	assert_int_equal(scene->report.engine, engine);
	if (!strstr(scene->report.engine_declined, why) ||
	    (!why[0] && scene->report.engine_declined[0]))
		fail_msg("\"%s\", not \"%s\"", scene->report.engine_declined, why);
	scene_check_reason(scene, DMALOAD_PATH_BOUNCE, NULL);
}

static void io_uring_comes_first(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &by_itself);
	check_bounced(&scene, DMALOAD_ENGINE_URING, "");
	assert_int_equal(fake_count(FAKE_THREADS_CREATE), 0);
	assert_int_equal(scene.report.pool_registered, 1);
	scene_drop(&scene);
}

static void threads_stand_in(void **state)
{
	static const int codes[] = { -EPERM, -ENOSYS, -ENOMEM, -EACCES, -EINVAL };
	static const char *const names[] = { "EPERM", "ENOSYS", "ENOMEM",
					     "EACCES", "EINVAL" };
	struct scene scene;
	size_t i;

	(void)state;
	scene_make(&scene, &by_itself);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		fake_fail_nothing();
		assert_int_equal(dmaload_ctx_trim(scene.ctx), 0);
		fake_fail_calls(FAKE_RING_CREATE, 1, 0, codes[i]);
		check_bounced(&scene, DMALOAD_ENGINE_THREADS, names[i]);
		check_says(scene.report.engine_declined,
			   codes[i] == -ENOMEM ? "RLIMIT_MEMLOCK" :
						 "kernel.io_uring_disabled");
		/* Not the fault of RLIMIT_MEMLOCK. */
		assert_int_equal(scene.report.pool_registered, 0);
		check_says(scene.report.pool_unregistered, "threads");
		assert_null(strstr(scene.report.pool_unregistered, "MEMLOCK"));
	}
	/* Once a load, whatever the number of paths that want to know. */
	assert_int_equal(fake_count(FAKE_RING_CREATE), i);
	scene_drop(&scene);
}

static void threads_on_request(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &threads);
	check_bounced(&scene, DMALOAD_ENGINE_THREADS, "");
	assert_int_equal(fake_count(FAKE_RING_CREATE), 0);

	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_THREADS_CREATE, 1, 1, -EAGAIN);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE,
			   "cannot start a thread: EAGAIN");
	assert_null(strstr(scene.report.declined[DMALOAD_PATH_BOUNCE],
			   "io_uring"));
	scene_drop(&scene);
}

static void io_uring_and_nothing_else(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &uring);
	check_bounced(&scene, DMALOAD_ENGINE_URING, "");

	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -EPERM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "io_uring is refused");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "EPERM");
	check_says(scene.report.engine_declined, "EPERM");
	assert_int_equal(fake_count(FAKE_THREADS_CREATE), 0);
	scene_drop(&scene);
}

/* The reason is the build, not a limit of the machine. */
static void io_uring_is_not_built_in(void **state)
{
	static const char why[] = "it was built without";
	struct scene scene;

	(void)state;
	scene_make(&scene, &by_itself);
	fake.no_io_uring = why;
	check_bounced(&scene, DMALOAD_ENGINE_THREADS, why);
	check_bounced(&scene, DMALOAD_ENGINE_THREADS, why);
	scene_drop(&scene);

	scene_make(&scene, &uring);
	fake.no_io_uring = why;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, why);
	scene_drop(&scene);
}

static void both_are_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &by_itself);
	fake_fail_calls(FAKE_RING_CREATE, 1, 0, -EPERM);
	fake_fail_calls(FAKE_THREADS_CREATE, 1, 0, -EAGAIN);
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "EPERM");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "EAGAIN");
	scene_drop(&scene);
}

/* Another engine would not help the file's own fd. */
static void shortage_of_fds_is_told(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &by_itself);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -ENFILE);
	scene_check_failure(&scene, scene_load(&scene), -ENFILE, "io_uring");
	assert_int_equal(fake_count(FAKE_THREADS_CREATE), 0);
	scene_drop(&scene);
}

/* A path that does not read directly has no engine. */
static void buffered_has_none(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &by_itself);
	scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	assert_int_equal(fake_count(FAKE_RING_CREATE), 0);

	/* One that was opened, and not used. */
	scene.options.paths = 0;
	scene.node->direct_error = -EINVAL;
	scene_load_all(&scene);
	assert_int_equal(scene.report.engine, DMALOAD_ENGINE_AUTO);
	assert_int_equal(fake_count(FAKE_RING_CREATE), 1);
	scene_drop(&scene);
}

/* Requests are sent off before a disk has none, and otherwise many at a time. */
static void disks_are_short_of_requests(void **state)
{
	static const struct { unsigned in_flight, queued; bool is_short; } cases[] = {
		{ 0, 0, false }, { 5, 0, false }, { 1, 1, true }, { 2, 1, true },
		{ 3, 1, false }, { 64, 31, false }, { 64, 32, true },
		{ 64, 64, true },
	};
	struct pump pump;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pump.in_flight = cases[i].in_flight;
		pump.queued = cases[i].queued;
		assert_int_equal(pump_is_short(&pump), cases[i].is_short);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(io_uring_comes_first),
		SCENE_TEST(threads_stand_in),
		SCENE_TEST(threads_on_request),
		SCENE_TEST(io_uring_and_nothing_else),
		SCENE_TEST(io_uring_is_not_built_in),
		SCENE_TEST(both_are_refused),
		SCENE_TEST(shortage_of_fds_is_told),
		SCENE_TEST(buffered_has_none),
		SCENE_TEST(disks_are_short_of_requests),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
