/* SPDX-License-Identifier: MIT */
/*
 * The kernel refuses memory to the pool: what may be locked, and how much there
 * may be. Each case runs in a child, since limits are permanent. The child
 * gives up root, because root has none of these limits.
 */
#include "engines.h"

#include <grp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define KIB ((uint64_t)1 << 10)
#define NO_LIMIT UINT64_MAX

/* The limits of a case, and the size of the pool; 0: there is no pool. */
struct allowance {
	/* RLIMIT_MEMLOCK, and whether all new mappings are locked. */
	uint64_t lock;
	bool lock_all;
	/* RLIMIT_AS, in addition to what is mapped already. */
	uint64_t more;
	uint64_t pool;
};

#define WHOLE (DMALOAD_CHUNK_DEFAULT * (uint64_t)DMALOAD_DEPTH_DEFAULT)

static const struct allowance allowances[] = {
	{ .lock = 8 * MIB, .more = NO_LIMIT, .pool = WHOLE },
	{ .lock = 64 * KIB, .more = NO_LIMIT, .pool = WHOLE },
	{ .lock = 0, .more = NO_LIMIT, .pool = WHOLE },
	/* A pool of at least 2 MiB needs 2 MiB more, to lie in huge pages. */
	{ .lock = 8 * MIB, .more = 7 * MIB, .pool = 3 * MIB },
	{ .lock = 64 * KIB, .more = 3 * MIB, .pool = MIB },
	{ .lock = 0, .more = 2 * MIB, .pool = MIB },
	{ .lock = 0, .more = 3 * MIB / 4, .pool = 0 },
	{ .lock = 7 * MIB, .lock_all = true, .more = NO_LIMIT, .pool = 3 * MIB },
	{ .lock = 2 * MIB, .lock_all = true, .more = NO_LIMIT, .pool = MIB },
	{ .lock = 768 * KIB, .lock_all = true, .more = NO_LIMIT, .pool = 0 },
};

static const struct allowance *allowed;

static void set_limit(int which, uint64_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(which, &limit), 0);
	limit.rlim_cur = bytes == NO_LIMIT ? RLIM_INFINITY : bytes;
	assert_int_equal(setrlimit(which, &limit), 0);
}

static uint64_t mapped_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &pages), 1);
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* None of these limits applies to root, nor does the limit of locked memory. */
static void give_up_root(void)
{
	if (getuid() != 0)
		return;
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setgid(NOBODY), 0);
	assert_int_equal(setuid(NOBODY), 0);
}

/* Only the owner of a file may query its pages in the page cache, so other
 * users may leave pages there. */
static void load_into(struct kit *kit)
{
	const struct dmaload_options options = {
		.size = sizeof(options),
		.cache = DMALOAD_CACHE_BYPASS,
		.paths = DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED,
	};

	if (load_with(kit, &options) < 0)
		fail_msg("%s", kit->err.message);
}

/* Sanitizers make the C library's mlockall() do nothing. */
static void allow(void)
{
	give_up_root();
	if (allowed->lock_all)
		assert_int_equal(syscall(SYS_mlockall, MCL_FUTURE), 0);
	if (allowed->more != NO_LIMIT)
		set_limit(RLIMIT_AS, mapped_bytes() + allowed->more);
}

static void allow_all(void)
{
	if (allowed->lock_all)
		assert_int_equal(syscall(SYS_munlockall), 0);
	set_limit(RLIMIT_AS, NO_LIMIT);
}

/* Some kernels charge the queues of io_uring to RLIMIT_MEMLOCK, too. */
static void check_engine(const struct dmaload_report *report)
{
	if (report->engine == place.granted ||
	    report->engine == DMALOAD_ENGINE_AUTO)
		return;
	assert_int_equal(report->engine, DMALOAD_ENGINE_THREADS);
	assert_int_equal(allowed->lock, 0);
	says(report->engine_declined, "ENOMEM");
	says(report->engine_declined, "RLIMIT_MEMLOCK");
	place.granted = DMALOAD_ENGINE_THREADS;
}

/* Then a little less is left for the pool; how much the queues take is not
 * known. */
static void check_registered(const struct dmaload_report *report, uint64_t size)
{
	const bool uring = report->engine == DMALOAD_ENGINE_URING;

	if (!uring || allowed->lock < size)
		assert_int_equal(report->pool_registered, 0);
	else if (allowed->lock >= size + MIB)
		assert_int_equal(report->pool_registered, 1);
	if (!report->pool_registered)
		says(report->pool_unregistered, uring ? "RLIMIT_MEMLOCK" : "threads");
}

static void check_pool(const struct dmaload_report *report)
{
	unsigned long long size = WHOLE;

	if (allowed->pool == 0) {
		assert_int_equal(report->bytes_buffered, MEDIUM);
		assert_string_equal(report->pool_reduced, "");
		says(report->declined[DMALOAD_PATH_BOUNCE], "no memory for the "
		     "bounce pool: 6291456 bytes were refused");
		return;
	}
	assert_int_equal(report->bytes_bounced, MEDIUM);
	if (report->pool_reduced[0])
		assert_int_equal(sscanf(report->pool_reduced, "to %llu bytes: "
					"6291456 bytes were refused", &size), 1);
	/* Reserved huge pages need no room to be aligned in. */
	if (report->pool_pages != DMALOAD_PAGES_HUGETLB || size < allowed->pool)
		assert_int_equal(size, allowed->pool);
	assert_int_equal(report->pinned_bytes, size);
	check_registered(report, size);
}

static void test_the_pool_fits_the_limits(void **state)
{
	char text[2048];
	struct kit kit;

	(void)state;
	set_limit(RLIMIT_MEMLOCK, allowed->lock);
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	allow();
	load_into(&kit);
	allow_all();
	dmaload_report_format(&kit.report, text, sizeof(text));
	print_message("%s", text);
	check_pool(&kit.report);
	check_engine(&kit.report);
	kit_check(&kit, 0, 0, MEDIUM);

	/* Load again by the same context, without limits. */
	kit_guard(&kit);
	load_into(&kit);
	check_engine(&kit.report);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(kit.report.bytes_bounced, MEDIUM);
	assert_string_equal(kit.report.pool_reduced, "");
	assert_int_equal(kit.report.pinned_bytes, WHOLE);
	kit_close(&kit);
}

/* Run a case in a child, which prints its own result. */
static int in_child(const struct allowance *allowance)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_pool_fits_the_limits),
	};
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		allowed = allowance;
		status = cmocka_run_group_tests_name("pool", tests, NULL, NULL);
		fflush(NULL);
		_exit(status == 0 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	int failed = 0;
	size_t i;

	if (!place_from(argc, argv))
		return 2;
	for (i = 0; i < sizeof(allowances) / sizeof(allowances[0]); i++)
		failed += in_child(&allowances[i]);
	return failed == 0 ? 0 : 1;
}
