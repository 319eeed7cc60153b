/* SPDX-License-Identifier: MIT */
/* One measurement of a case: the preparation, the counters, the checks. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tool.h"

/* Touched before each measurement, for the pool and the kernel. */
#define TOUCH_BYTES (64 * BENCH_MIB)
/* Compared with the file after a measurement. */
#define SAMPLES 64
#define SAMPLE_BYTES 4096

static uint64_t in_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u +
	       (uint64_t)time.tv_usec * 1000u;
}

/* Add the current counters, or subtract them with sign -1. */
static void count_use(struct bench_run *run, int sign)
{
	const uint64_t by = (uint64_t)(int64_t)sign;
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	run->user_ns += by * in_ns(use.ru_utime);
	run->kernel_ns += by * in_ns(use.ru_stime);
	run->faults += by * (uint64_t)(use.ru_minflt + use.ru_majflt);
	run->switches += by * (uint64_t)(use.ru_nvcsw + use.ru_nivcsw);
}

/* Either count can also grow. */
static uint64_t lost(uint64_t before, uint64_t after)
{
	return before > after ? before - after : 0;
}

/* Return the memory of the process itself, in bytes. */
static uint64_t own_memory(void)
{
	unsigned long long kib = 0;
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "RssAnon: %llu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024;
}

/* Reading the file for comparison uses the page cache, whose state was noted
 * before. */
static int check_samples(const struct bench_work *work, struct dmaload_error *err)
{
	const uint64_t length = work->bench->length;
	const uint64_t step = length / SAMPLES + 1;
	char expected[SAMPLE_BYTES];
	uint64_t at;
	ssize_t n;
	int r;

	if (work->what->what == BENCH_MEMCPY ||
	    work->what->what == BENCH_URING_AGAIN ||
	    work->what->what == BENCH_URING_OWN ||
	    work->what->view == BENCH_SPLIT)
		return 0;
	r = dmaload_buffer_begin(work->buffer, DMALOAD_ACCESS_READ, err);
	for (at = 0; r == 0 && at < length; at += step) {
		n = pread(work->bench->fd, expected, length - at < SAMPLE_BYTES ?
			  (size_t)(length - at) : SAMPLE_BYTES, (off_t)at);
		if (n <= 0 || memcmp(expected, (char *)
				     dmaload_buffer_map(work->buffer) + at,
				     (size_t)n) != 0)
			r = explain(err, -EBADMSG, "the loaded bytes differ "
				    "from the file from byte %llu on",
				    (unsigned long long)at);
	}
	if (r == 0 || r == -EBADMSG)
		dmaload_buffer_end(work->buffer, DMALOAD_ACCESS_READ, NULL);
	return r;
}

/* The next allocation gets the memory that was freed last, so use a target like
 * the next one. */
static int heat_target(const struct bench *bench, const struct bench_case *what,
		       struct dmaload_error *err)
{
	struct bench_target target = { .buffer = NULL };
	int r = bench_target_create(&target, what->source, bench->length, true,
				    err);

	if (r == 0)
		bench_target_destroy(&target);
	return r;
}

/* Prepare the memory, and the file's pages if the case needs them. */
static int prepare(const struct bench *bench, const struct bench_case *what,
		   struct bench_target *target, struct dmaload_error *err)
{
	const bool through_cache = what->what == BENCH_READ ||
		what->what == BENCH_READ_AHEAD || what->what == BENCH_MMAP ||
		what->paths == DMALOAD_ALLOW_BUFFERED;
	int r = 0;

	if (through_cache || what->view == BENCH_WARM)
		r = bench_heat(bench, err);
	if (r == 0)
		r = what->view == BENCH_WHOLE ? heat_target(bench, what, err) :
		    bench_target_create(target, what->source, bench->length,
					true, err);
	if (r < 0)
		return r;
	bench_touch(TOUCH_BYTES);
	if (what->view != BENCH_WARM)
		r = bench_chill(bench, err);
	return r == 0 && what->view == BENCH_CRAMPED ?
	       bench_cgroup_enter(bench, err) : r;
}

static int perform(struct bench_work *work, struct bench_target *target,
		   struct dmaload_error *err)
{
	const struct bench_case *what = work->what;
	const bool whole = what->view == BENCH_WHOLE;
	const uint64_t own = own_memory();
	const bool load = what->what == BENCH_LOAD;
	int r = 0;

	count_use(work->run, -1);
	work->begun_ns = now_ns();
	if (whole)
		r = bench_target_create(target, what->source,
					work->bench->length, false, err);
	work->buffer = target->buffer;
	if (r == 0)
		r = load ? bench_load(work, err) : bench_rival(work, err);
	if (!whole) {
		work->run->ns = now_ns() - work->begun_ns;
		count_use(work->run, 1);
		work->run->memory = lost(own_memory(), own);
		work->run->cached_after = bench_resident(work->bench);
		if (r == 0)
			r = check_samples(work, err);
	}
	if (load)
		bench_load_finish(work);
	else
		bench_rival_finish(work);
	bench_target_destroy(target);
	if (whole) {
		work->run->ns = now_ns() - work->begun_ns;
		count_use(work->run, 1);
		work->run->cached_after = bench_resident(work->bench);
	}
	return r;
}

static void measure(const struct bench *bench, const struct bench_case *what,
		    struct bench_run *run)
{
	struct bench_work work = {
		.bench = bench, .what = what, .run = run, .fd = -1,
	};
	struct bench_target target = { .buffer = NULL };
	struct dmaload_error *err = &run->error;
	uint64_t sentinel, reclaimed;
	int r;

	r = prepare(bench, what, &target, err);
	if (r == 0) {
		sentinel = bench_sentinel_heat(bench->sentinel);
		run->cached_before = bench_resident(bench);
		reclaimed = bench_reclaimed();
		r = perform(&work, &target, err);
		run->reclaimed = bench_reclaimed() - reclaimed;
		if (sentinel != DMALOAD_UNKNOWN)
			run->evicted = lost(sentinel,
				bench_sentinel_resident(bench->sentinel));
		if (what->what == BENCH_LOAD)
			run->pinned = run->report.pinned_bytes;
	}
	err->code = r;
	if (r == 0)
		err->message[0] = '\0';
}

static void measure_case(const struct bench *bench, const void *what, void *run)
{
	measure(bench, what, run);
}

bool bench_measure(const struct bench *bench, const struct bench_case *what,
		   struct bench_run *run)
{
	const struct bench_run begin = {
		.cached_before = DMALOAD_UNKNOWN,
		.cached_after = DMALOAD_UNKNOWN,
		.evicted = DMALOAD_UNKNOWN,
		.reclaimed = DMALOAD_UNKNOWN,
		.pinned = DMALOAD_UNKNOWN,
		.memory = DMALOAD_UNKNOWN,
		.report = { .size = sizeof(run->report) },
	};
	struct dmaload_error err;
	bool ok;

	*run = begin;
	ok = bench_in_child(bench, measure_case, what, run, sizeof(*run), &err);
	if (err.code < 0) {
		*run = begin;
		run->error = err;
	}
	return ok;
}
