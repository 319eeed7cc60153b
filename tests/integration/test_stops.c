/* SPDX-License-Identifier: MIT */
/*
 * Jobs that do not run to their end: they are canceled, late, or destroyed. A
 * job that must wait needs a byte that a stalled job loads.
 */
#include "jobs.h"

#include <errno.h>
#include <unistd.h>

#define LATE_NS ((uint64_t)100 * 1000000)

static struct dmaload_options with_deadline(uint64_t ns)
{
	return (struct dmaload_options){
		.size = sizeof(struct dmaload_options),
		.deadline_ns = ns,
	};
}

static void test_cancel_a_waiting_job(void **state)
{
	struct dmaload_job *job;
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	job = submit(scene.kit.ctx, DMALOAD_LOAD, &scene.range, 1, NULL);
	fd = dmaload_job_fd(job, NULL);
	assert_false(is_readable(fd));
	dmaload_job_cancel(job);
	assert_true(is_readable(fd));
	assert_true(has_ended(job));
	expect_end(job, -ECANCELED);
	dmaload_job_cancel(job);
	expect_end(job, -ECANCELED);
	dmaload_job_destroy(job);
	kit_check(&scene.kit, 0, 0, 0);
	scene_close(&scene);
}

static void test_cancel_a_running_job(void **state)
{
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	fd = dmaload_job_fd(scene.stall.job, NULL);
	assert_int_equal(dmaload_job_wait(scene.stall.job, 10000000, NULL, NULL),
			 -EINPROGRESS);
	assert_false(is_readable(fd));
	dmaload_job_cancel(scene.stall.job);
	assert_true(becomes_readable(fd));
	expect_end(scene.stall.job, -ECANCELED);
	stall_end(&scene.stall);
	kit_close(&scene.kit);
}

static void test_cancel_after_the_end(void **state)
{
	struct dmaload_range range;
	struct dmaload_job *job;
	struct kit kit;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	range = kit_whole(&kit);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(job), 0);
	dmaload_job_cancel(job);
	assert_int_equal(wait_for(job), 0);
	dmaload_job_destroy(job);
	kit_check(&kit, 0, 0, MEDIUM);
	kit_close(&kit);
}

static void test_a_deadline_that_has_passed(void **state)
{
	const struct dmaload_options options = with_deadline(1);
	struct dmaload_range range;
	struct dmaload_job *job;
	struct kit kit;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	range = kit_whole(&kit);
	job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, &options);
	expect_end(job, -ETIME);
	assert_int_equal(dmaload_job_wait(job, 0, &kit.report, NULL), -ETIME);
	assert_int_equal(kit.report.reads, 0);
	dmaload_job_destroy(job);
	assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options, NULL, NULL),
			 -ETIME);
	kit_check(&kit, 0, 0, 0);
	kit_close(&kit);
}

/* A job whose deadline passes while it waits ends then, and releases its
 * buffer. */
static void test_the_deadline_of_a_waiting_job(void **state)
{
	struct dmaload_options options;
	struct dmaload_ctx *other;
	struct dmaload_job *job;
	struct scene scene;
	uint64_t deadline;

	(void)state;
	scene_open(&scene);
	deadline = now_ns() + LATE_NS;
	options = with_deadline(deadline);
	job = submit(scene.kit.ctx, DMALOAD_LOAD, &scene.range, 1, &options);
	expect_end(job, -ETIME);
	assert_true(now_ns() >= deadline);
	dmaload_job_destroy(job);
	kit_check(&scene.kit, 0, 0, 0);

	/* Load all but the byte that the stalled job needs. */
	scene.range.file_offset = scene.range.buffer_offset = 4096;
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	assert_int_equal(dmaload_load(other, &scene.range, 1, NULL, NULL, NULL),
			 0);
	dmaload_ctx_destroy(other);
	kit_check(&scene.kit, 4096, 4096, MEDIUM - 4096);
	scene_close(&scene);
}

/* Several deadlines while the program only polls the fds. The job that was
 * submitted last has the earliest one. */
static void test_deadlines_of_jobs_that_are_only_polled(void **state)
{
	struct dmaload_job *jobs[3];
	struct dmaload_options options;
	struct scene scene;
	uint64_t start;
	int fds[3];
	size_t i;

	(void)state;
	scene_open(&scene);
	start = now_ns();
	for (i = 0; i < 3; i++) {
		options = with_deadline(start + (3 - i) * LATE_NS);
		jobs[i] = submit(scene.kit.ctx, DMALOAD_LOAD, &scene.range, 1,
				 &options);
		fds[i] = dmaload_job_fd(jobs[i], NULL);
	}
	for (i = 3; i-- > 0;) {
		assert_true(becomes_readable(fds[i]));
		assert_true(now_ns() >= start + (3 - i) * LATE_NS);
		expect_end(jobs[i], -ETIME);
		dmaload_job_destroy(jobs[i]);
	}
	scene_close(&scene);
}

/* Return true if the job loaded its first byte before its deadline. */
static bool run_until_deadline(uint64_t patience)
{
	const uint64_t deadline = now_ns() + patience;
	const struct dmaload_options options = with_deadline(deadline);
	struct dmaload_progress now = { .size = sizeof(now) };
	struct dmaload_range range;
	struct stall stall;
	struct kit kit;

	kit_open(&kit, MEDIUM, 4096);
	stall_prepare(&stall, &range);
	assert_int_equal(write(stall.pipe[1], "", 1), 1);
	stall.job = submit(kit.ctx, DMALOAD_LOAD, &range, 1, &options);
	expect_end(stall.job, -ETIME);
	assert_true(now_ns() >= deadline);
	assert_int_equal(dmaload_job_progress(stall.job, &now), 0);
	assert_in_range(now.bytes_done, 0, 1);
	assert_int_equal(now.ranges_done, 0);
	stall_end(&stall);
	kit_close(&kit);
	return now.bytes_done == 1;
}

static void test_the_deadline_of_a_running_job(void **state)
{
	uint64_t patience = LATE_NS;

	(void)state;
	while (!run_until_deadline(patience))
		patience *= 2;
}

static void test_destroy_a_waiting_and_a_running_job(void **state)
{
	struct dmaload_progress now = { .size = sizeof(now) };
	struct dmaload_job *job;
	struct scene scene;

	(void)state;
	scene_open(&scene);
	job = submit(scene.kit.ctx, DMALOAD_LOAD, &scene.range, 1, NULL);
	assert_true(dmaload_job_fd(job, NULL) >= 0);
	dmaload_job_destroy(job);
	kit_check(&scene.kit, 0, 0, 0);
	stall_end(&scene.stall);

	/* Reads are in flight. After the job is destroyed, none is. */
	job = submit(scene.kit.ctx, DMALOAD_LOAD, &scene.range, 1, NULL);
	do {
		dmaload_job_progress(job, &now);
	} while (now.bytes_done == 0);
	dmaload_job_destroy(job);
	kit_guard(&scene.kit);
	nap_ms(20);
	kit_check(&scene.kit, 0, 0, 0);
	kit_close(&scene.kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancel_a_waiting_job),
		cmocka_unit_test(test_cancel_a_running_job),
		cmocka_unit_test(test_cancel_after_the_end),
		cmocka_unit_test(test_a_deadline_that_has_passed),
		cmocka_unit_test(test_the_deadline_of_a_waiting_job),
		cmocka_unit_test(test_deadlines_of_jobs_that_are_only_polled),
		cmocka_unit_test(test_the_deadline_of_a_running_job),
		cmocka_unit_test(test_destroy_a_waiting_and_a_running_job),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("stops", tests, NULL, NULL);
}
