/* SPDX-License-Identifier: MIT */
/*
 * The cost of a small load in system calls, once a context has loaded before:
 * nothing is set up any more, and a ring is entered at most twice.
 */
#include "jobs.h"

#include <inttypes.h>
#include <sys/syscall.h>

#include "tally.h"

#define KIB ((uint64_t)1 << 10)
#define STEP (64 * KIB)
#define SIZE ((uint64_t)16 << 20)
#define LOADS 200
/* The number of jobs in the queue together. */
#define JOBS 10

#define BIT(path) DMALOAD_ALLOW_ ## path

static struct dmaload_options past(uint32_t paths)
{
	return (struct dmaload_options){
		.size = sizeof(struct dmaload_options), .paths = paths,
		.cache = DMALOAD_CACHE_BYPASS,
	};
}

/* Return part n. Parts are not adjacent. */
static struct dmaload_range part(const struct kit *kit, unsigned n)
{
	return (struct dmaload_range){
		.file = kit->file, .file_offset = n * STEP,
		.buffer = kit->buffer, .buffer_offset = n * STEP,
		.length = 4 * KIB,
	};
}

/* 32-bit ARM has only mmap2. */
#ifdef SYS_mmap
#define CALL_MMAP SYS_mmap
#else
#define CALL_MMAP SYS_mmap2
#endif

/* Check that nothing is created, and how often the ring is entered; once more
 * to test it if the caller has requested io_uring. The pool may be registered
 * again if the context must not keep it pinned, which depends on
 * RLIMIT_MEMLOCK. */
static void check(const struct tally *tally, uint64_t loads)
{
	const bool tries = place.engine == DMALOAD_ENGINE_URING;

	print_message("%" PRIu64 " calls, %" PRIu64 " enters, for %" PRIu64
		      " loads\n", tally->calls, tally->of[SYS_io_uring_enter],
		      loads);
	assert_in_range(tally->of[SYS_io_uring_enter], 0,
			(tries ? 3 : 2) * loads);
	assert_in_range(tally->of[SYS_io_uring_register], 0, 2 * loads);
	assert_int_equal(tally->of[SYS_io_uring_setup], 0);
	/* The engine starts more threads as more reads are in flight; the
	 * malloc() of a sanitizer or of musl maps memory. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
	if (place.granted == DMALOAD_ENGINE_URING)
		assert_int_equal(tally->of[CALL_MMAP], 0);
#endif
	if (place.granted == DMALOAD_ENGINE_URING && !tries && loads == LOADS)
		assert_int_equal(tally->of[SYS_io_uring_enter], 0);
}

static int load_all(const struct kit *kit, const struct dmaload_options *options)
{
	struct dmaload_range range;
	unsigned n;
	int r = 0;

	for (n = 0; n < LOADS; n++) {
		range = part(kit, n);
		r |= dmaload_load(kit->ctx, &range, 1, options, NULL, NULL);
	}
	return r;
}

static void expect_loaded(const struct kit *kit, unsigned loads)
{
	unsigned n;

	for (n = 0; n < loads; n++)
		assert_true(buffer_holds(kit->buffer, n * STEP, 4 * KIB,
					 n * STEP));
}

/* A blocking call reads by itself, unless the caller requests io_uring. */
static void count_loads(uint32_t paths)
{
	const struct dmaload_options options = past(paths);
	const struct tally *tally;
	struct kit kit;
	int r;

	kit_open(&kit, SIZE, SIZE);
	assert_int_equal(load_all(&kit, &options), 0);
	kit_guard(&kit);
	tally_begin();
	r = load_all(&kit, &options);
	tally = tally_end();
	assert_int_equal(r, 0);
	expect_loaded(&kit, LOADS);
	check(tally, LOADS);
	kit_close(&kit);
}

/* Submit a job that waits for a pipe, and needs a byte of each part, so that
 * the jobs of these parts wait for it. */
static void hold_parts(const struct kit *kit, struct stall *stall)
{
	struct dmaload_range ranges[JOBS + 1];
	unsigned i;

	stall_prepare(stall, &ranges[0]);
	for (i = 0; i < JOBS; i++) {
		ranges[i + 1] = part(kit, i);
		ranges[i + 1].length = ranges[i + 1].priority = 1;
	}
	stall->job = submit(kit->ctx, DMALOAD_LOAD, ranges, JOBS + 1, NULL);
	/* Its thread must not be started while calls are counted. */
	stall_await(stall);
}

/* Release all jobs at the same moment. */
static const struct tally *load_ten(const struct kit *kit, uint32_t paths)
{
	const struct dmaload_options options = past(paths);
	const struct tally *tally;
	struct dmaload_job *jobs[JOBS];
	struct dmaload_range range;
	struct stall stall;
	unsigned i;
	int r = 0;

	hold_parts(kit, &stall);
	for (i = 0; i < JOBS; i++) {
		range = part(kit, i);
		jobs[i] = submit(kit->ctx, DMALOAD_LOAD, &range, 1, &options);
	}
	tally_begin();
	dmaload_job_cancel(stall.job);
	for (i = 0; i < JOBS; i++)
		r |= dmaload_job_wait(jobs[i], DMALOAD_FOREVER, NULL, NULL);
	tally = tally_end();
	assert_int_equal(r, 0);
	for (i = 0; i < JOBS; i++)
		dmaload_job_destroy(jobs[i]);
	stall_end(&stall);
	return tally;
}

static void count_jobs(uint32_t paths)
{
	const struct tally *tally;
	struct kit kit;
	unsigned round;

	kit_open(&kit, SIZE, SIZE);
	load_ten(&kit, paths);
	for (round = 0; round < 3; round++) {
		kit_guard(&kit);
		tally = load_ten(&kit, paths);
		expect_loaded(&kit, JOBS);
		check(tally, JOBS);
	}
	kit_close(&kit);
}

static void count_by(void (*count)(uint32_t paths))
{
	if (place.pinnable)
		count(BIT(DIRECT));
	count(BIT(BOUNCE));
}

static void test_calls_of_small_loads(void **state)
{
	(void)state;
	count_by(count_loads);
}

static void test_calls_of_small_jobs(void **state)
{
	(void)state;
	count_by(count_jobs);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_of_small_loads),
		cmocka_unit_test(test_calls_of_small_jobs),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("small counts", tests, tally_start,
					   tally_stop);
}
