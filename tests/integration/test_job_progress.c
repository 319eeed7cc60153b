/* SPDX-License-Identifier: MIT */
/* A job reports its progress, its ranges and its fd while it is in progress. */
#include "jobs.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "pattern.h"

#define RANGES 8
#define RANGE_BYTES (MEDIUM / RANGES)

/* Priorities of ranges in the order of the file; indices of the ranges in the
 * order of priorities. */
static const uint32_t priorities[RANGES] = { 5, 2, 7, 0, 60, 1, 4, 3 };
static const size_t in_order[RANGES] = { 3, 5, 1, 7, 6, 0, 2, 4 };

/* At full speed: bytes that are reported as loaded are there. */
static void test_progress_at_full_speed(void **state)
{
	const uint64_t length = place.large < 64 * MIB ? place.large : 64 * MIB;
	struct dmaload_progress now = { .size = sizeof(now) };
	uint64_t done = 0, prefix = 0;
	struct dmaload_range range;
	const unsigned char *map;
	struct dmaload_job *job;
	struct kit kit;
	bool ended;

	(void)state;
	kit_open(&kit, place.large, length);
	range = kit_whole(&kit);
	range.length = length;
	map = dmaload_buffer_map(kit.buffer);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	do {
		ended = has_ended(job);
		assert_int_equal(dmaload_job_progress(job, &now), 0);
		assert_int_equal(now.bytes_total, length);
		assert_int_equal(now.ranges_total, 1);
		assert_true(now.bytes_done >= done);
		assert_true(now.bytes_prefix >= prefix);
		assert_true(now.bytes_prefix <= now.bytes_done);
		assert_true(now.bytes_done <= length);
		assert_int_equal(pattern_differs(map + prefix,
						 now.bytes_prefix - prefix,
						 prefix),
				 now.bytes_prefix - prefix);
		done = now.bytes_done;
		prefix = now.bytes_prefix;
	} while (!ended);
	assert_int_equal(wait_for(job), 0);
	assert_int_equal(prefix, length);
	assert_int_equal(now.ranges_done, 1);
	dmaload_job_destroy(job);
	kit_close(&kit);
}

/* One read per step: the loaded prefix grows by it. */
static void test_progress_step_by_step(void **state)
{
	struct dmaload_progress now = { .size = sizeof(now) };
	struct gate gate = GATE_CLOSED;
	const struct dmaload_options options = gated(&gate);
	struct dmaload_range range;
	struct dmaload_ctx *ctx;
	struct dmaload_job *job;
	struct kit kit;
	unsigned step;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	ctx = one_by_one(MIB);
	range = kit_whole(&kit);
	job = submit(ctx, DMALOAD_LOAD, &range, 1, &options);
	for (step = 1; step <= MEDIUM / MIB; step++) {
		gate_await(&gate, step);
		assert_int_equal(dmaload_job_progress(job, &now), 0);
		assert_int_equal(now.bytes_done, step * MIB);
		assert_int_equal(now.bytes_prefix, step * MIB);
		assert_true(buffer_holds(kit.buffer, (step - 1) * MIB, MIB,
					 (step - 1) * MIB));
		/* The range is complete after END, which comes last. */
		assert_int_equal(now.ranges_done, 0);
		gate_allow(&gate, step);
	}
	assert_int_equal(wait_for(job), 0);
	assert_int_equal(dmaload_job_progress(job, &now), 0);
	assert_int_equal(now.ranges_done, 1);
	now.size = 0;
	assert_int_equal(dmaload_job_progress(job, &now), -EINVAL);
	assert_int_equal(dmaload_job_progress(job, NULL), -EINVAL);
	dmaload_job_destroy(job);
	dmaload_ctx_destroy(ctx);
	kit_close(&kit);
}

struct watched {
	struct kit kit;
	struct dmaload_range ranges[RANGES];
	struct dmaload_job *job;
	/* The job's fd, and an epoll(7) instance that has it. */
	int fd;
	int epoll;
	/* The number of ranges that were reported. */
	size_t told;
};

static void watch(struct watched *watched)
{
	struct epoll_event event = { .events = EPOLLIN };

	watched->fd = dmaload_job_fd(watched->job, NULL);
	assert_true(watched->fd >= 0);
	assert_int_equal(dmaload_job_fd(watched->job, NULL), watched->fd);
	watched->epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_true(watched->epoll >= 0);
	assert_int_equal(epoll_ctl(watched->epoll, EPOLL_CTL_ADD, watched->fd,
				   &event), 0);
}

static void expect_fd(const struct watched *watched, bool readable)
{
	struct epoll_event event;
	int i;

	/* Twice, since the fd is level-triggered. */
	for (i = 0; i < 2; i++) {
		assert_int_equal(is_readable(watched->fd), readable);
		assert_int_equal(epoll_wait(watched->epoll, &event, 1, 0),
				 readable);
	}
}

/* Take all ranges that are reported now. They must come in order, and be
 * loaded. */
static void take_ranges(struct watched *watched)
{
	size_t i = SIZE_MAX;

	while (is_readable(watched->fd)) {
		expect_fd(watched, true);
		assert_int_equal(dmaload_job_next_range(watched->job, &i), 0);
		assert_int_equal(i, in_order[watched->told]);
		assert_true(buffer_holds(watched->kit.buffer, i * RANGE_BYTES,
					 RANGE_BYTES, i * RANGE_BYTES));
		watched->told++;
	}
	expect_fd(watched, false);
	assert_int_equal(dmaload_job_next_range(watched->job, &i), -EINPROGRESS);
}

/*
 * A range takes two reads, and a step is one read. So every other step reports
 * one more range, while the others are still to come.
 */
static void test_ranges_by_priority(void **state)
{
	struct dmaload_progress now = { .size = sizeof(now) };
	struct gate gate = GATE_CLOSED;
	const struct dmaload_options options = gated(&gate);
	struct watched watched = { .told = 0 };
	struct dmaload_ctx *ctx;
	unsigned step;
	size_t i;

	(void)state;
	kit_open(&watched.kit, MEDIUM, MEDIUM);
	ctx = one_by_one(RANGE_BYTES / 2);
	for (i = 0; i < RANGES; i++)
		watched.ranges[i] = (struct dmaload_range){
			.file = watched.kit.file,
			.file_offset = i * RANGE_BYTES,
			.buffer = watched.kit.buffer,
			.buffer_offset = i * RANGE_BYTES,
			.length = RANGE_BYTES,
			.priority = priorities[i],
		};
	watched.job = submit(ctx, DMALOAD_LOAD, watched.ranges, RANGES, &options);
	watch(&watched);
	for (step = 1; step < 2 * RANGES; step++) {
		gate_await(&gate, step);
		take_ranges(&watched);
		assert_int_equal(watched.told, step / 2);
		assert_int_equal(dmaload_job_progress(watched.job, &now), 0);
		assert_int_equal(now.ranges_done, step / 2);
		assert_false(has_ended(watched.job));
		gate_allow(&gate, step);
	}
	gate_open(&gate);
	assert_int_equal(dmaload_job_wait(watched.job, PATIENCE_NS,
					  &watched.kit.report, NULL), 0);
	/* One pair of brackets per priority, and no other. */
	assert_int_equal(watched.kit.report.brackets, RANGES);
	expect_fd(&watched, true);
	assert_int_equal(dmaload_job_next_range(watched.job, &i), 0);
	assert_int_equal(i, in_order[RANGES - 1]);
	expect_fd(&watched, true);
	assert_int_equal(dmaload_job_next_range(watched.job, &i), -ENODATA);
	expect_fd(&watched, true);
	kit_check(&watched.kit, 0, 0, MEDIUM);

	close(watched.epoll);
	dmaload_job_destroy(watched.job);
	dmaload_ctx_destroy(ctx);
	kit_close(&watched.kit);
}

static void test_all_ranges_after_the_end(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *job;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	ranges[0] = ranges[1] = kit_whole(&kit);
	ranges[0].file_offset = ranges[0].buffer_offset = MIB;
	ranges[1].length = MIB;
	job = submit(kit.ctx, DMALOAD_LOAD, ranges, 2, NULL);
	assert_int_equal(wait_for(job), 0);
	assert_true(is_readable(dmaload_job_fd(job, NULL)));
	assert_int_equal(dmaload_job_next_range(job, NULL), -EINVAL);
	/* Ranges of one priority come in the order of the file. */
	assert_int_equal(dmaload_job_next_range(job, &i), 0);
	assert_int_equal(i, 1);
	assert_int_equal(dmaload_job_next_range(job, &i), 0);
	assert_int_equal(i, 0);
	assert_int_equal(dmaload_job_next_range(job, &i), -ENODATA);
	dmaload_job_destroy(job);
	kit_check(&kit, 0, 0, MEDIUM);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progress_at_full_speed),
		cmocka_unit_test(test_progress_step_by_step),
		cmocka_unit_test(test_ranges_by_priority),
		cmocka_unit_test(test_all_ranges_after_the_end),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("job_progress", tests, NULL, NULL);
}
