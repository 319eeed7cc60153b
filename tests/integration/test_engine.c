/* SPDX-License-Identifier: MIT */
/* The engine that the caller requests; threads of the engine, which leave
 * nothing and take no signals. */
#include "engines.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_the_requested_engine_is_used(void **state)
{
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	load_by(&kit, DMALOAD_ENGINE_URING);
	assert_string_equal(kit.report.engine_declined, "");
	ask_for(&kit, DMALOAD_ENGINE_URING, 0);
	load_by(&kit, DMALOAD_ENGINE_URING);
	ask_for(&kit, DMALOAD_ENGINE_THREADS, 0);
	load_by(&kit, DMALOAD_ENGINE_THREADS);
	assert_string_equal(kit.report.engine_declined, "");
	assert_int_equal(kit.report.pool_registered, 0);
	says(kit.report.pool_unregistered, "threads");
	load_medium(&kit, DMALOAD_ALLOW_BUFFERED);
	assert_int_equal(kit.report.engine, DMALOAD_ENGINE_AUTO);
	kit_close(&kit);
}

static void test_depth_limits_the_threads(void **state)
{
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	assert_int_equal(threads_at_most(&kit, 1), 1);
	assert_int_equal(threads_at_most(&kit, 2), 2);
	assert_in_range(threads_at_most(&kit, 8), 3, 8);
	/* A single read needs one thread. */
	dmaload_file_close(kit.file);
	assert_int_equal(dmaload_file_open(&kit.file, pattern_path(4096), NULL),
			 0);
	assert_int_equal(threads_at_most(&kit, 8), 1);
	kit_close(&kit);
}

static void test_no_thread_and_no_fd_is_left(void **state)
{
	const int fds = open_fds();
	struct kit kit;
	int i;

	(void)state;
	kit_open(&kit, 1048577, 2 * MIB);
	for (i = 0; i < 200; i++) {
		ask_for(&kit, DMALOAD_ENGINE_THREADS, (uint32_t)(1 + i % 8));
		assert_int_equal(kit_load(&kit, (uint64_t)i * 7, 0,
					  DMALOAD_TO_END, BOUNCE), 0);
		assert_int_equal(dmaload_ctx_trim(kit.ctx), 0);
		assert_int_equal(threads_left(), 0);
	}
	place.granted = DMALOAD_ENGINE_THREADS;
	kit_guard(&kit);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, BOUNCE), 0);
	kit_check(&kit, 0, 0, 1048577);
	kit_close(&kit);
	assert_int_equal(open_fds(), fds);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms = 1;
}

/* A timer that interrupts often, as a profiler's does. */
static void test_signals_do_not_disturb_threads(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };
	struct sigaction before;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	ask_for(&kit, DMALOAD_ENGINE_THREADS, 0);
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	do {
		load_by(&kit, DMALOAD_ENGINE_THREADS);
	} while (!alarms);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	kit_close(&kit);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int take_time(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	(void)data;
	usleep(1000);
	return 0;
}

static void test_a_deadline_leaves_nothing_in_flight(void **state)
{
	struct dmaload_options options = { .size = sizeof(options),
					   .progress = take_time };
	struct kit kit;

	(void)state;
	kit_open(&kit, place.large, place.large);
	ask_for(&kit, DMALOAD_ENGINE_THREADS, 0);
	options.deadline_ns = now() + 20000000;
	assert_int_equal(load_with(&kit, &options), -ETIME);
	/* Nothing is in flight, so the bytes stay unchanged. */
	kit_guard(&kit);
	usleep(20000);
	kit.report = (struct dmaload_report){ .size = sizeof(kit.report) };
	kit_check(&kit, 0, 0, 0);
	place.granted = DMALOAD_ENGINE_THREADS;
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	kit_check(&kit, 0, 0, place.large);
	kit_close(&kit);
}

/* Fork while reads are in flight. The child has none of the threads. */
static int fork_once(const struct dmaload_progress *progress, void *data)
{
	struct kit *kit = data;
	struct dmaload_error err;
	int status;
	pid_t pid;

	if (progress->bytes_prefix == 0 || kit->fds < 0)
		return 0;
	kit->fds = -1;
	pid = fork();
	if (pid == 0) {
		const struct dmaload_range range = {
			.file = kit->file, .buffer = kit->buffer, .length = 1,
		};
		int r = dmaload_load(kit->ctx, &range, 1, NULL, NULL, &err);

		dmaload_ctx_destroy(kit->ctx);
		_exit(r == -ECHILD ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return 0;
}

static void test_a_child_has_no_threads(void **state)
{
	struct dmaload_options options = { .size = sizeof(options),
					   .progress = fork_once };
	struct kit kit;
	int fds;

	(void)state;
	place.granted = DMALOAD_ENGINE_THREADS;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	fds = kit.fds;
	ask_for(&kit, DMALOAD_ENGINE_THREADS, 0);
	options.progress_data = &kit;
	options.paths = BOUNCE;
	assert_int_equal(load_with(&kit, &options), 0);
	assert_int_equal(kit.fds, -1);
	kit.fds = fds;
	kit_check(&kit, 0, 0, MEDIUM);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_requested_engine_is_used),
		cmocka_unit_test(test_depth_limits_the_threads),
		cmocka_unit_test(test_no_thread_and_no_fd_is_left),
		cmocka_unit_test(test_signals_do_not_disturb_threads),
		cmocka_unit_test(test_a_deadline_leaves_nothing_in_flight),
		cmocka_unit_test(test_a_child_has_no_threads),
	};

	if (!place_from(argc, argv))
		return 2;
	threads_begin();
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
