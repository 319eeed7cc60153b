/* SPDX-License-Identifier: MIT */
/* Loads, stores, jobs and streams, as far as the filter lets them. */
#include "under_filter.h"

#include "engines.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"
#include "sources.h"

/* Two chunks and a little more. */
#define SIZE ((uint64_t)2101249)
#define WARM ((uint64_t)1048577)

/* Objects that exist when the filter comes. */
static struct kit kit;
static struct dmaload_file *target;
static int fifo[2];
/* Another file, that is in the page cache and stays. */
static struct dmaload_file *warm;
static struct held held;
/* A context that has loaded before, and keeps what it needed. */
static struct dmaload_ctx *earlier;
/* Nothing can be copied from there. */
static bool no_copies;

static void check_report(const char *what)
{
	const struct dmaload_report *report = &kit.report;

	if (report->bytes_direct + report->bytes_bounced > 0 &&
	    place.syscalls == DMALOAD_SYSCALLS_AUTO) {
		assert_int_equal(report->engine, DMALOAD_ENGINE_THREADS);
		says(report->engine_declined, "a seccomp filter is active");
	}
	if (place.syscalls == DMALOAD_SYSCALLS_AUTO) {
		assert_int_equal(report->syscalls, DMALOAD_SYSCALLS_OLD);
		says(report->syscalls_reduced, "dmaload_config::syscalls");
	} else {
		assert_int_equal(report->syscalls, place.syscalls);
	}
	if (place.syscalls != DMALOAD_SYSCALLS_BASIC &&
	    report->cache_residue_bytes != 0)
		fail_msg("%s: %llu bytes are left in the page cache", what,
			 (unsigned long long)report->cache_residue_bytes);
}

static void expect_ok(int r, const char *what)
{
	if (r < 0)
		fail_msg("%s: %s", what, kit.err.message);
}

/* cmocka would catch the signal of a trap and go on with the next test, while
 * the library's locks are held. */
static void begin(void **state)
{
	(void)state;
	signal(SIGSYS, SIG_DFL);
}

static void test_loads(void **state)
{
	size_t i;

	begin(state);
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		kit_guard(&kit);
		drop_cache(alone_path(SIZE));
		expect_ok(kit_load(&kit, 4097, 1, SIZE - 5000, all_paths[i]),
			  "a load");
		check_report("a load");
		kit.report.bytes_direct = kit.report.bytes_bounced = 0;
		kit_check(&kit, 4097, 1, SIZE - 5000);
	}
}

static int load_earlier(void)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = BOUNCE,
		.cache = DMALOAD_CACHE_BYPASS,
	};
	const struct dmaload_range range = {
		.file = kit.file, .buffer = kit.buffer, .length = SIZE,
	};

	return dmaload_load(earlier, &range, 1, &options, &kit.report, &kit.err);
}

/* A process that loads, enters a sandbox, and loads again. */
static void test_context_of_before(void **state)
{
	begin(state);
	kit_guard(&kit);
	expect_ok(load_earlier(), "a load by the context of before");
	check_report("a load by the context of before");
	kit.report.bytes_direct = kit.report.bytes_bounced = 0;
	kit_check(&kit, 0, 0, SIZE);
	assert_int_equal(dmaload_ctx_trim(earlier), 0);
}

/* Copied from there, where that may be known, and left there. */
static void test_page_cache(void **state)
{
	const struct dmaload_options keep = {
		.size = sizeof(keep), .cache = DMALOAD_CACHE_KEEP,
	};
	const struct dmaload_range range = {
		.file = warm, .buffer = kit.buffer, .length = WARM,
	};
	uint64_t resident;

	begin(state);
	kit_guard(&kit);
	expect_ok(dmaload_load(kit.ctx, &range, 1, NULL, &kit.report, &kit.err),
		  "a warm load");
	check_report("a warm load");
	if (place.syscalls != DMALOAD_SYSCALLS_BASIC) {
		assert_int_equal(kit.report.bytes_cached, no_copies ? 0 : WARM);
		assert_true(kit.report.cache_before_bytes >= WARM);
		expect_ok(dmaload_file_resident(warm, 0, WARM, &resident,
						&kit.err), "the page cache");
		assert_true(resident >= WARM);
	}
	kit.report.bytes_direct = kit.report.bytes_bounced = 0;
	kit_check(&kit, 0, 0, WARM);
	expect_ok(load_with(&kit, &keep), "a load that keeps");
}

static void test_verify_and_probe(void **state)
{
	struct dmaload_range range = {
		.file = kit.file, .buffer = kit.buffer, .length = SIZE,
	};
	enum dmaload_path path;

	begin(state);
	expect_ok(dmaload_verify(kit.ctx, &range, 1, NULL, &kit.report, &kit.err),
		  "a comparison");
	check_report("a comparison");
	expect_ok(dmaload_probe(kit.ctx, &range, NULL, &path, &kit.report,
				&kit.err), "a probe");
	assert_int_equal(path, place.pinnable ? DMALOAD_PATH_DIRECT :
						DMALOAD_PATH_BOUNCE);
}

static void test_stores(void **state)
{
	struct dmaload_options options = {
		.size = sizeof(options), .flags = DMALOAD_DURABLE,
	};
	const struct dmaload_range range = {
		.file = target, .file_offset = 1000, .buffer = kit.buffer,
		.buffer_offset = 1000, .length = SIZE - 3000,
	};
	size_t i;

	begin(state);
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		options.paths = all_paths[i];
		expect_ok(dmaload_store(kit.ctx, &range, 1, &options, &kit.report,
					&kit.err), "a store");
		check_report("a store");
		expect_ok(dmaload_verify(kit.ctx, &range, 1, NULL, NULL, &kit.err),
			  "what was stored");
	}
}

/* In the context's thread; and of a stream. */
static void test_jobs_and_streams(void **state)
{
	const struct dmaload_range range = {
		.file = kit.file, .buffer = kit.buffer, .length = DMALOAD_TO_END,
	};
	struct dmaload_buffer *memory;
	struct dmaload_range piped;
	struct dmaload_file *stream;
	struct dmaload_job *job;
	char bytes[6];

	begin(state);
	expect_ok(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, &range, 1, NULL,
				 &kit.err), "a job");
	expect_ok(dmaload_job_wait(job, DMALOAD_FOREVER, &kit.report, &kit.err),
		  "a job");
	assert_true(dmaload_job_fd(job, NULL) >= 0);
	dmaload_job_destroy(job);
	check_report("a job");

	expect_ok(dmaload_file_from_stream(&stream, fifo[0], &kit.err), "a pipe");
	expect_ok(dmaload_buffer_from_memory(&memory, bytes, 6, &kit.err),
		  "memory");
	piped = (struct dmaload_range){
		.file = stream, .buffer = memory, .length = 6,
	};
	assert_int_equal(write(fifo[1], "stream", 6), 6);
	expect_ok(dmaload_load(kit.ctx, &piped, 1, NULL, NULL, &kit.err),
		  "a stream");
	assert_memory_equal(bytes, "stream", 6);
	dmaload_buffer_destroy(memory);
	dmaload_file_close(stream);
}

/* Functions that need no context. */
static void test_the_rest(void **state)
{
	struct dmaload_file *file;
	char reason[DMALOAD_REASON_SIZE];

	begin(state);
	assert_int_equal(dmaload_syscalls_query(reason, sizeof(reason)),
			 DMALOAD_SYSCALLS_OLD);
	says(reason, "a seccomp filter is active");
	assert_false(is_recommended("udmabuf", 4096));
	expect_ok(dmaload_file_open(&file, pattern_path(1), &kit.err), "a file");
	dmaload_file_close(file);
}

/* A buffer that the caller asks for. Basic calls cannot make shared memory. */
static void test_buffers(void **state)
{
	const bool shared = strcmp(place.source, "memfd") == 0 ||
			    strncmp(place.source, "udmabuf", 7) == 0;
	struct dmaload_buffer *buffer;

	begin(state);
	if (shared && place.syscalls == DMALOAD_SYSCALLS_BASIC)
		return;
	expect_ok(dmaload_buffer_create(&buffer, place.source, SIZE, &kit.err),
		  "a buffer");
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);
}

void under_filter_prepare(void)
{
	/* As small as the part of RLIMIT_MEMLOCK that may stay registered. */
	const struct dmaload_config config = {
		.size = sizeof(config), .queue_depth = 1,
		.syscalls = place.syscalls,
	};
	char path[4096];

	snprintf(path, sizeof(path), "%s/filtered", place.dir);
	kit_open_alone(&kit, SIZE, SIZE);
	assert_int_equal(dmaload_file_create(&target, path, 0, &kit.err), 0);
	unlink(path);
	assert_int_equal(pipe2(fifo, O_CLOEXEC), 0);
	hold(&held, alone_path(WARM), 0, WARM);
	assert_int_equal(dmaload_file_open(&warm, alone_path(WARM), NULL), 0);
	assert_int_equal(dmaload_ctx_create(&earlier, &config, NULL), 0);
	assert_int_equal(load_earlier(), 0);
	/* The buffer's own thread is done, and has the calls of before. */
	assert_int_equal(dmaload_buffer_wait(kit.buffer, NULL), 0);
}

static void finish(void)
{
	close(fifo[0]);
	close(fifo[1]);
	let_go(&held);
	dmaload_file_close(warm);
	dmaload_file_close(target);
	kit_close(&kit);
}

int under_filter_run(bool without_copies)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context_of_before),
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_page_cache),
		cmocka_unit_test(test_verify_and_probe),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_jobs_and_streams),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_buffers),
	};
	int failed;

	no_copies = without_copies;
	/* The context too is made under the filter. */
	ask_for(&kit, DMALOAD_ENGINE_AUTO, 0);
	failed = cmocka_run_group_tests_name("filters", tests, NULL, NULL);
	dmaload_ctx_destroy(earlier);
	if (failed == 0)
		finish();
	return failed;
}
