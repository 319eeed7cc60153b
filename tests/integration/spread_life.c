/* SPDX-License-Identifier: MIT */
/* Jobs that load a spread, spreads that are destroyed at any time, and too few
 * fds for one. */
#include "spread_life.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define UNTOUCHED ((void *)0x1)

/* The place of the next range that is complete. */
static size_t next_range(struct dmaload_job *job)
{
	struct pollfd fd = { .events = POLLIN };
	size_t index = SIZE_MAX;

	fd.fd = dmaload_job_fd(job, NULL);
	assert_true(fd.fd >= 0);
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_int_equal(dmaload_job_next_range(job, &index), 0);
	return index;
}

/* The first buffers are there while others are still being loaded. */
static void test_priorities(void **state)
{
	struct dmaload_range *own;
	struct dmaload_job *job;
	struct spread one;
	size_t i;

	(void)state;
	open_all(&one, 16777216);
	spread_out(&one, 0, DMALOAD_TO_END, 2 * MIB);
	own = calloc(one.count, sizeof(*own));
	assert_non_null(own);
	for (i = 0; i < one.count; i++) {
		own[i] = one.ranges[i];
		own[i].priority = (uint32_t)i;
	}
	assert_int_equal(dmaload_submit(&job, one.ctx, DMALOAD_LOAD, own,
					one.count, NULL, &one.err), 0);
	for (i = 0; i < one.count; i++) {
		assert_int_equal(next_range(job), i);
		check_buffer(&own[i]);
	}
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, &one.report,
					  &one.err), 0);
	dmaload_job_destroy(job);
	/* Ranges that were complete before their dma-buf was there need
	 * none. */
	assert_in_range(one.report.brackets, 0, one.count);
	check_all(&one, 0, 16777216);
	free(own);
	close_all(&one);
}

/* A job keeps the buffers, and copies the ranges. */
static void test_destroyed_while_loading(void **state)
{
	struct dmaload_job *job;
	struct spread one;

	(void)state;
	open_all(&one, 33554433);
	spread_out(&one, 0, DMALOAD_TO_END, 4 * MIB);
	assert_int_equal(dmaload_submit(&job, one.ctx, DMALOAD_LOAD, one.ranges,
					one.count, NULL, &one.err), 0);
	dmaload_spread_destroy(one.spread);
	one.spread = NULL;
	if (dmaload_job_wait(job, DMALOAD_FOREVER, &one.report, &one.err) != 0)
		fail_msg("%s", one.err.message);
	assert_int_equal(one.report.bytes_total, 33554433);
	assert_int_equal(one.report.brackets, 9);
	dmaload_job_destroy(job);
	close_all(&one);
}

static void test_destroyed_at_once(void **state)
{
	struct spread one;
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		open_all(&one, 16777216);
		spread_out(&one, 0, DMALOAD_TO_END, 2 * MIB);
		if (i % 2)
			assert_true(dmaload_buffer_fd(one.ranges[i % 8].buffer)
				    >= 0);
		close_all(&one);
	}
}

/* Fds run out: before anything is allocated, or in the middle. */
static void test_too_few_fds(void **state)
{
	struct rlimit before, few;
	struct spread one;
	rlim_t n;
	int r;

	(void)state;
	open_all(&one, 16777216);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	for (n = (rlim_t)one.fds; n < (rlim_t)one.fds + 12; n++) {
		few.rlim_cur = n;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		one.spread = UNTOUCHED;
		r = dmaload_spread_create(&one.spread, place.source, one.file, 0,
					  DMALOAD_TO_END, MIB, &one.err);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_int_equal(r, -EMFILE);
		assert_ptr_equal(one.spread, UNTOUCHED);
		assert_non_null(strstr(one.err.message, "16 buffers of at most "
				       "1048576 bytes take "));
		assert_non_null(strstr(one.err.message, "RLIMIT_NOFILE"));
	}
	one.spread = NULL;
	close_all(&one);
}

int spread_life(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_destroyed_while_loading),
		cmocka_unit_test(test_destroyed_at_once),
		cmocka_unit_test(test_too_few_fds),
	};

	return cmocka_run_group_tests_name("spread_life", tests, NULL, NULL);
}
