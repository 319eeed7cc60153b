/* SPDX-License-Identifier: MIT */
/* Events of jobs: what they say. */
#include <errno.h>

#include "desk.h"
#include "model.h"

/* A job without a handle does what one with a handle does. */
static void the_end_of_each_operation(void **state)
{
	static const enum dmaload_operation operations[] = {
		DMALOAD_LOAD, DMALOAD_STORE, DMALOAD_VERIFY, DMALOAD_VERIFY,
	};
	struct desk desk;
	unsigned i;

	(void)state;
	desk_make(&desk);
	for (i = 0; i < 4; i++) {
		desk.options.user_data = UINT64_MAX - i;
		if (i == 3)
			desk.scene->views[1][512] ^= 1;
		assert_int_equal(dmaload_submit(NULL, desk.scene->ctx,
						operations[i],
						&desk.scenery.ranges[1], 1,
						&desk.options, NULL), 0);
		desk_expect_end(&desk, UINT64_MAX - i, i == 3 ? -EBADMSG : 0);
		assert_null(desk.event.job);
		assert_int_equal(desk.report.bytes_total, 50000);
		assert_int_equal(desk.report.stored, i == 1);
		fake_check_quiet();
	}
	check_says(desk.event.error.message, "byte 512 of the buffer");
	desk_expect_nothing(&desk);
	desk_drop(&desk);
}

/* The handle stays the caller's, who may also wait for the job. */
static void a_job_with_a_handle(void **state)
{
	struct dmaload_job *job, *other;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	desk.options.user_data = 7;
	job = scenery_submit(&desk.scenery, 1, &desk.options);
	assert_int_equal(dmaload_job_user_data(job), 7);
	assert_int_equal(scenery_wait(&desk.scenery, job), 0);
	desk_expect_end(&desk, 7, 0);
	assert_ptr_equal(desk.event.job, job);
	assert_int_equal(scenery_wait(&desk.scenery, job), 0);
	/* One that is destroyed before its end was taken reports to nobody. */
	other = scenery_submit(&desk.scenery, 1, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, other), 0);
	assert_true(desk_is_readable(&desk));
	dmaload_job_destroy(other);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(job);
	desk_drop(&desk);
}

/* Each range when it is complete, then the end; and the fd says when. */
static void ranges_before_the_end(void **state)
{
	struct dmaload_range ranges[4];
	struct dmaload_job *job;
	struct desk desk;
	size_t next = 3;

	(void)state;
	desk_make(&desk);
	desk_ranges(&desk, ranges, 0);
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	desk.options.progress = desk.scenery.gated.progress;
	desk.options.progress_data = desk.scenery.gated.progress_data;
	desk.options.user_data = 1;
	job = gate_submit(desk.scene, DMALOAD_LOAD, ranges, 4, &desk.options);
	gate_wait(&desk.scenery.gate);
	for (;;) {
		for (; next + desk.scenery.gate.progress.ranges_done > 3; next--) {
			assert_true(desk_is_readable(&desk));
			desk_expect_range(&desk, 1, next);
			assert_ptr_equal(desk.event.job, job);
			assert_memory_equal(desk.scene->views[0] + next * 4096,
					    desk.scene->nodes[0]->bytes +
					    next * 4096, 4096);
		}
		assert_false(desk_is_readable(&desk));
		assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
		assert_int_equal(desk_try(&desk, 1000), -EINPROGRESS);
		if (next == 0)
			break;
		gate_step(&desk.scenery.gate);
	}
	gate_open(&desk.scenery.gate);
	desk_expect_range(&desk, 1, 0);
	desk_expect_end(&desk, 1, 0);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(job);
	desk_drop(&desk);
}

/* All of one priority are complete at the same time. */
static void many_ranges_at_once(void **state)
{
	static const size_t in_order[] = { 1, 3, 2, 0 };
	struct dmaload_range ranges[4];
	struct desk desk;
	unsigned i;

	(void)state;
	desk_make(&desk);
	desk_ranges(&desk, ranges, 1);
	/* Ranges of one priority are told in the order of the file. */
	ranges[0].priority = ranges[2].priority = 9;
	ranges[1].priority = ranges[3].priority = 5;
	ranges[0].file_offset = 70000;
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	desk_submit(&desk, ranges, 4, 2);
	for (i = 0; i < 4; i++)
		desk_expect_range(&desk, 2, in_order[i]);
	assert_true(desk.event.job == NULL);
	desk_expect_end(&desk, 2, 0);
	desk_drop(&desk);
}

/* Ranges of a job that fails are told, too, if they were complete before. */
static void ranges_of_a_failed_job(void **state)
{
	struct dmaload_range ranges[2];
	struct desk desk;

	(void)state;
	desk_make(&desk);
	ranges[0] = scene_range(desk.scene, 0, 0, 0, 0, 8192);
	ranges[1] = scene_range(desk.scene, 0, 20000, 0, 20000, 40000);
	ranges[1].priority = 1;
	fake_fail_calls(FAKE_READ, 8, 1, -EIO);
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	desk_submit(&desk, ranges, 2, 3);
	desk_expect_range(&desk, 3, 0);
	desk_expect_end(&desk, 3, -EIO);
	check_says(desk.event.error.message, "cannot read ");
	desk_expect_nothing(&desk);
	desk_drop(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(the_end_of_each_operation),
		SCENE_TEST(a_job_with_a_handle),
		SCENE_TEST(ranges_before_the_end),
		SCENE_TEST(many_ranges_at_once),
		SCENE_TEST(ranges_of_a_failed_job),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
