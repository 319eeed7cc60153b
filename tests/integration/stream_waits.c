/* SPDX-License-Identifier: MIT */
/* Streams that are slow or silent: deadlines, cancellation and progress
 * functions. */
#include "feeder.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "pattern.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A stream is silent until the deadline. On a busy machine the deadline may
 * pass before the first byte; then a later one is tried. The bytes that came
 * are loaded. */
static void test_a_deadline_ends_a_silent_stream(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range range = { .length = MEDIUM };
	uint64_t patience = 50000000;
	struct feeder feeder;
	struct kit kit;

	(void)state;
	do {
		patience *= 2;
		kit_open(&kit, 4096, MEDIUM);
		feeder_open(&kit, feeder_begin(&feeder, false, MIB, true));
		range.file = kit.file;
		range.buffer = kit.buffer;
		options.deadline_ns = now_ns() + patience;
		assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options,
					      &kit.report, &kit.err), -ETIME);
		assert_true(now_ns() >= options.deadline_ns);
		assert_true(kit.report.bytes_streamed <= MIB);
		kit_check(&kit, 0, 0, kit.report.bytes_streamed);
		/* The feeder may still have bytes to write. */
		dmaload_file_close(kit.file);
		kit.file = NULL;
		feeder_finish(&feeder);
		kit_close(&kit);
	} while (kit.report.bytes_streamed < MIB);
}

static void test_another_thread_cancels_a_silent_stream(void **state)
{
	struct dmaload_range range = { .length = MEDIUM };
	struct dmaload_ctx *other;
	struct dmaload_job *job;
	struct feeder feeder;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, MEDIUM);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	feeder_open(&kit, feeder_begin(&feeder, false, MIB, true));
	range.file = kit.file;
	range.buffer = kit.buffer;
	range.length = 2 * MIB;
	assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, &range, 1,
					NULL, &kit.err), 0);
	assert_int_equal(dmaload_job_wait(job, 50000000, NULL, NULL),
			 -EINPROGRESS);
	/* No other context may read the stream, not even its later bytes. */
	range.file_offset = MIB;
	range.buffer_offset = 2 * MIB;
	range.length = MIB;
	assert_int_equal(dmaload_load(other, &range, 1, NULL, NULL, &kit.err),
			 -EBUSY);
	dmaload_ctx_destroy(other);
	dmaload_job_cancel(job);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, &kit.err),
			 -ECANCELED);
	dmaload_job_destroy(job);
	dmaload_file_close(kit.file);
	kit.file = NULL;
	feeder_finish(&feeder);
	kit_close(&kit);
}

struct patience {
	struct feeder *feeder;
	uint64_t done;
	unsigned calls;
};

/* Stop when nothing has come between three calls. On a busy machine, the feeder
 * may take that long to write; so count only when it has written all. */
static int lose_patience(const struct dmaload_progress *how, void *data)
{
	struct patience *patience = data;

	patience->calls = atomic_load(&patience->feeder->fed) &&
			  how->bytes_done == patience->done ?
			  patience->calls + 1 : 0;
	patience->done = how->bytes_done;
	return patience->calls == 3;
}

/* The progress function is called while the stream is silent: before the last
 * byte, or after it, while the load waits for the end. */
static void test_a_silent_stream_still_calls_progress(void **state)
{
	struct dmaload_options options = {
		.size = sizeof(options),
		.progress = lose_patience,
	};
	struct dmaload_range range = { .length = MIB };
	struct patience patience;
	struct feeder feeder;
	struct kit kit;
	unsigned to_end;

	(void)state;
	for (to_end = 0; to_end < 2; to_end++) {
		patience = (struct patience){ .feeder = &feeder };
		options.progress_data = &patience;
		kit_open(&kit, 4096, MIB);
		feeder_open(&kit, feeder_begin(&feeder, false, to_end ? MIB : MIB - 1,
					true));
		range.file = kit.file;
		range.buffer = kit.buffer;
		range.length = to_end ? DMALOAD_TO_END : MIB;
		assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options,
					      &kit.report, &kit.err),
				 -ECANCELED);
		assert_int_equal(patience.calls, 3);
		feeder_finish(&feeder);
		kit_close(&kit);
	}
}

int stream_waits(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_deadline_ends_a_silent_stream),
		cmocka_unit_test(test_another_thread_cancels_a_silent_stream),
		cmocka_unit_test(test_a_silent_stream_still_calls_progress),
	};

	return cmocka_run_group_tests_name("stream_waits", tests, NULL, NULL);
}
