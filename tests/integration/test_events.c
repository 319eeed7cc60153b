/* SPDX-License-Identifier: MIT */
/* Many jobs report to one list of events. */
#include "desk.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "pattern.h"

#define JOBS 1000

/* Take all events that there are. Return the number of jobs that have ended. */
static unsigned take_all(const struct desk *desk, bool *seen)
{
	const unsigned char *map = dmaload_buffer_map(desk->kit.buffer);
	struct dmaload_event event;
	unsigned n = 0;
	int r;

	while ((r = desk_take(desk, 0, &event)) == 0) {
		assert_int_equal(event.result, 0);
		assert_in_range(event.user_data, 0, JOBS - 1);
		assert_false(seen[event.user_data]);
		seen[event.user_data] = true;
		assert_int_equal(pattern_differs(map + event.user_data * PART,
						 PART, event.user_data * PART),
				 PART);
		n++;
	}
	assert_true(r == -EINPROGRESS || r == -ENODATA);
	return n;
}

static void submit_all(const struct desk *desk)
{
	struct dmaload_range range;
	unsigned i;

	for (i = 0; i < JOBS; i++) {
		range = desk_part(desk, i);
		desk_submit(desk, DMALOAD_LOAD, &range, 1, i);
	}
}

static void expect_a_thousand_loads(uint32_t trigger)
{
	struct epoll_event event = { .events = EPOLLIN | trigger };
	bool *seen = calloc(JOBS, sizeof(*seen));
	struct desk desk;
	unsigned ended = 0;
	int epoll;

	assert_non_null(seen);
	desk_open(&desk);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD,
				   dmaload_events_fd(desk.options.events, NULL),
				   &event), 0);
	submit_all(&desk);
	while (ended < JOBS) {
		assert_int_equal(epoll_wait(epoll, &event, 1, 60000), 1);
		ended += take_all(&desk, seen);
	}
	assert_int_equal(ended, JOBS);
	desk_expect_nothing(&desk);
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
	close(epoll);
	free(seen);
	desk_close(&desk);
}

static void test_a_thousand_loads_in_an_epoll_loop(void **state)
{
	(void)state;
	expect_a_thousand_loads(0);
}

static void test_a_thousand_loads_edge_triggered(void **state)
{
	(void)state;
	expect_a_thousand_loads(EPOLLET);
}

/* All jobs have ended, and no event was taken. The last job waits for the
 * others. */
static void test_a_thousand_jobs_have_no_fd(void **state)
{
	bool *seen = calloc(JOBS, sizeof(*seen));
	struct dmaload_range range;
	struct dmaload_job *last;
	struct desk desk;
	int fds;

	(void)state;
	assert_non_null(seen);
	desk_open(&desk);
	range = kit_whole(&desk.kit);
	/* Load once, so that the context has made what it keeps. */
	desk_submit(&desk, DMALOAD_LOAD, &range, 1, 0);
	desk_expect_end(&desk, 0, 0);
	desk_expect_nothing(&desk);
	fds = open_fds();
	submit_all(&desk);
	last = submit(desk.kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(last), 0);
	/* The context's thread makes its ring at its first read, and its
	 * eventfd at its first wait, which may be now. */
	assert_in_range(open_fds(), fds, fds + 2);
	assert_int_equal(take_all(&desk, seen), JOBS);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(last);
	free(seen);
	desk_close(&desk);
}

static void test_ranges_before_the_end(void **state)
{
	static const uint32_t priorities[] = { 5, 2, 7, 0, 60, 1, 4, 3 };
	static const size_t in_order[] = { 3, 5, 1, 7, 6, 0, 2, 4 };
	const uint64_t length = MEDIUM / 8;
	struct dmaload_range ranges[8];
	const unsigned char *map;
	struct dmaload_event event;
	struct desk desk;
	size_t i;

	(void)state;
	desk_open(&desk);
	map = dmaload_buffer_map(desk.kit.buffer);
	for (i = 0; i < 8; i++) {
		ranges[i] = kit_whole(&desk.kit);
		ranges[i].file_offset = ranges[i].buffer_offset = i * length;
		ranges[i].length = length;
		ranges[i].priority = priorities[i];
	}
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	desk_submit(&desk, DMALOAD_LOAD, ranges, 8, 7);
	for (i = 0; i < 8; i++) {
		event = desk_await(&desk);
		assert_int_equal(event.kind, DMALOAD_EVENT_RANGE);
		assert_int_equal(event.range, in_order[i]);
		assert_int_equal(event.user_data, 7);
		assert_int_equal(pattern_differs(map + event.range * length,
						 length, event.range * length),
				 length);
	}
	desk_expect_end(&desk, 7, 0);
	desk_expect_nothing(&desk);
	kit_check(&desk.kit, 0, 0, MEDIUM);
	desk_close(&desk);
}

/* A program that only polls the fd is also notified of the deadlines of waiting
 * jobs. */
static void test_deadlines_and_cancellation_are_events(void **state)
{
	struct dmaload_range range;
	struct dmaload_job *job;
	struct stall stall;
	struct desk desk;
	int fd;

	(void)state;
	desk_open(&desk);
	fd = dmaload_events_fd(desk.options.events, NULL);
	desk.options.user_data = 1;
	stall_begin(&stall, &desk.kit, &desk.options);
	range = kit_whole(&desk.kit);
	desk.options.user_data = 2;
	job = submit(desk.kit.ctx, DMALOAD_LOAD, &range, 1, &desk.options);
	assert_int_equal(dmaload_job_user_data(job), 2);
	desk.options.deadline_ns = now_ns() + 1000000;
	desk_submit(&desk, DMALOAD_LOAD, &range, 1, 3);
	assert_true(becomes_readable(fd));
	desk_expect_end(&desk, 3, -ETIME);
	assert_false(is_readable(fd));
	dmaload_job_cancel(job);
	assert_true(is_readable(fd));
	desk_expect_end(&desk, 2, -ECANCELED);
	assert_false(is_readable(fd));
	stall_release(&stall);
	assert_true(becomes_readable(fd));
	desk_expect_end(&desk, 1, 0);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(job);
	stall_end(&stall);
	desk_close(&desk);
}

/* Destroying does not wait for a silent stream. */
static void test_destroying_does_not_wait_for_a_stream(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *job;
	struct stall stall;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	stall_prepare(&stall, &ranges[0]);
	ranges[1] = kit_whole(&desk.kit);
	desk_submit(&desk, DMALOAD_LOAD, ranges, 2, 1);
	desk_submit(&desk, DMALOAD_LOAD, &ranges[1], 1, 2);
	job = submit(desk.kit.ctx, DMALOAD_LOAD, &ranges[1], 1, &desk.options);
	dmaload_events_destroy(desk.options.events);
	desk.options.events = NULL;
	assert_int_equal(wait_for(job), 0);
	kit_check(&desk.kit, 0, 0, MEDIUM);
	dmaload_job_destroy(job);
	stall_end(&stall);
	desk_close(&desk);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thousand_loads_in_an_epoll_loop),
		cmocka_unit_test(test_a_thousand_loads_edge_triggered),
		cmocka_unit_test(test_a_thousand_jobs_have_no_fd),
		cmocka_unit_test(test_ranges_before_the_end),
		cmocka_unit_test(test_deadlines_and_cancellation_are_events),
		cmocka_unit_test(test_destroying_does_not_wait_for_a_stream),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
