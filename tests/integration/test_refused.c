/* SPDX-License-Identifier: MIT */
/*
 * Hosts that refuse io_uring, threads, or both: which engine reads, and what is
 * reported. A filter is permanent, so each group of tests has a process of its
 * own. The test asks the library to try io_uring, because it does not try under a
 * filter.
 */
#include "engines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "filter.h"

static const char *bounce_declined(const struct kit *kit)
{
	return kit->report.declined[DMALOAD_PATH_BOUNCE];
}

/* The errno with which the filter of the group refuses io_uring. */
static int refused_with;

static void test_threads_replace_io_uring(void **state)
{
	const char *name = filter_errno_name(refused_with);
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	load_by(&kit, DMALOAD_ENGINE_THREADS);
	says(kit.report.engine_declined, name);
	says(kit.report.engine_declined, "seccomp");
	says(kit.report.pool_unregistered, "threads");
	assert_string_equal(bounce_declined(&kit), "");

	/* A caller who requests io_uring gets the reason. */
	ask_for(&kit, DMALOAD_ENGINE_URING, 0);
	load_medium(&kit, 0);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(kit.report.bytes_buffered, MEDIUM);
	says(bounce_declined(&kit), name);
	says(kit.report.declined[DMALOAD_PATH_DIRECT], "io_uring is refused");
	assert_int_equal(kit_load(&kit, 0, 0, 1, BOUNCE), -EOPNOTSUPP);
	says(kit.err.message, "io_uring is refused");
	kit_close(&kit);
}

static void test_verify_and_probe_use_threads(void **state)
{
	struct dmaload_range range = { .length = DMALOAD_TO_END };
	enum dmaload_path path;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	load_by(&kit, DMALOAD_ENGINE_THREADS);
	range.file = kit.file;
	range.buffer = kit.buffer;
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, &kit.report,
					&kit.err), 0);
	assert_int_equal(kit.report.engine, DMALOAD_ENGINE_THREADS);
	assert_int_equal(dmaload_probe(kit.ctx, &range, NULL, &path, &kit.report,
				       &kit.err), 0);
	assert_int_equal(kit.report.engine, DMALOAD_ENGINE_THREADS);
	assert_int_equal(path, place.pinnable ? DMALOAD_PATH_DIRECT :
						DMALOAD_PATH_BOUNCE);
	kit_close(&kit);
}

static int no_io_uring(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_replace_io_uring),
		cmocka_unit_test(test_verify_and_probe_use_threads),
	};

	filter_io_uring(refused_with);
	return cmocka_run_group_tests_name("engine-refused", tests, NULL, NULL);
}

static int no_io_uring_eperm(void)
{
	refused_with = EPERM;
	return no_io_uring();
}

static int no_io_uring_enosys(void)
{
	refused_with = ENOSYS;
	return no_io_uring();
}

/* io_uring can be set up, but not entered. The library notices before a load
 * depends on it. */
static int no_entry(void)
{
	static const int call[] = { SYS_io_uring_enter };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_replace_io_uring),
	};

	refused_with = EACCES;
	filter_calls(call, 1, EACCES);
	return cmocka_run_group_tests_name("engine-no-entry", tests, NULL, NULL);
}

static void test_an_unregistered_pool_is_reported(void **state)
{
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	load_by(&kit, DMALOAD_ENGINE_URING);
	assert_int_equal(kit.report.pool_registered, 0);
	says(kit.report.pool_unregistered, "EPERM");
	kit_close(&kit);
}

static int no_registering(void)
{
	static const int call[] = { SYS_io_uring_register };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_unregistered_pool_is_reported),
	};

	filter_calls(call, 1, EPERM);
	return cmocka_run_group_tests_name("engine-no-registering", tests, NULL,
					   NULL);
}

static void test_without_an_engine_reads_are_buffered(void **state)
{
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	load_medium(&kit, 0);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(kit.report.bytes_buffered, MEDIUM);
	says(bounce_declined(&kit), "io_uring is refused: EAGAIN");
	says(bounce_declined(&kit), "cannot start a thread: EAGAIN");
	ask_for(&kit, DMALOAD_ENGINE_THREADS, 0);
	load_medium(&kit, 0);
	assert_int_equal(kit.report.bytes_buffered, MEDIUM);
	says(bounce_declined(&kit), "cannot start a thread: EAGAIN");
	kit_close(&kit);
}

static int no_threads(void)
{
	static const int calls[] = { SYS_io_uring_setup, SYS_clone, SYS_clone3 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_an_engine_reads_are_buffered),
	};

	filter_calls(calls, sizeof(calls) / sizeof(calls[0]), EAGAIN);
	return cmocka_run_group_tests_name("engine-no-threads", tests, NULL,
					   NULL);
}

/* Root has no limit of threads, nor has a process with these capabilities. */
static void become_limited(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	/* A user ID that nobody else on this machine has, nor another run of
	 * this test. */
	const uid_t somebody = 20000 + (uid_t)getpid() % 40000;

	assert_int_equal(setresuid(somebody, 0, 0), 0);
	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1u << CAP_SYS_ADMIN | 1u << CAP_SYS_RESOURCE);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* The lowest limit that allows a thread does not allow a second one. */
static void test_one_thread_is_enough(void **state)
{
	struct rlimit limit;
	struct kit kit;

	(void)state;
	if (getuid() != 0)
		skip();
	become_limited();
	assert_int_equal(getrlimit(RLIMIT_NPROC, &limit), 0);
	limit.rlim_cur = 1;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	/* The thread that populates the buffer would count towards the
	 * limit. */
	assert_int_equal(dmaload_buffer_wait(kit.buffer, NULL), 0);
	assert_int_equal(threads_left(), 0);
	ask_for(&kit, DMALOAD_ENGINE_THREADS, 0);
	do {
		assert_int_equal(setrlimit(RLIMIT_NPROC, &limit), 0);
		load_medium(&kit, 0);
		assert_int_equal(dmaload_ctx_trim(kit.ctx), 0);
		/* As long as it is listed, a thread counts. */
		assert_int_equal(threads_left(), 0);
	} while (kit.report.engine == DMALOAD_ENGINE_AUTO &&
		 ++limit.rlim_cur < 10);
	assert_true(limit.rlim_cur > 1);
	assert_int_equal(threads_at_most(&kit, 8), 1);
	load_by(&kit, DMALOAD_ENGINE_THREADS);
	kit_close(&kit);
}

static int few_threads(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread_is_enough),
	};

	return cmocka_run_group_tests_name("engine-few-threads", tests, NULL,
					   NULL);
}

/* Run a group in a child, whose exit status reports failures. The filter ends
 * with the child. */
static int in_child(int (*group)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		threads_begin();
		status = group();
		fflush(NULL);
		/* A leak checker needs the thread that the filter refuses. */
		_exit(status == 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	static int (*const groups[])(void) = {
		no_io_uring_eperm, no_io_uring_enosys, no_entry,
		no_registering, no_threads, few_threads,
	};
	int failed = 0;
	size_t i;

	if (!place_from(argc, argv))
		return 2;
	place.syscalls = DMALOAD_SYSCALLS_ALL;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		failed += in_child(groups[i]);
	return failed == 0 ? 0 : 1;
}
