/* SPDX-License-Identifier: MIT */
/* A job: what it tells, while it goes on and when it has ended. */
#include <errno.h>
#include <pthread.h>

#include "gate.h"
#include "job_scene.h"
#include "model.h"

/* Load, store and compare in the background, as in the foreground. */
static void does_what_the_call_does(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *job;
	struct scene scene;
	int operation;

	(void)state;
	make(&scene);
	ranges[0] = scene_range(&scene, 0, 700, 0, 3, 50000);
	ranges[1] = scene_range(&scene, 1, 0, 1, 512, 20000);
	scene_fill(&scene);
	for (operation = 0; operation < 3; operation++) {
		job = gate_submit(&scene, (enum dmaload_operation)operation,
				  ranges, 2, NULL);
		if (wait_for(&scene, job) != 0)
			fail_msg("%s", scene.err.message);
		assert_int_equal(scene.report.bytes_total, 70000);
		assert_int_equal(scene.report.ranges, 2);
		assert_int_equal(scene.report.brackets, 1 + 1);
		assert_true(scene.report.reads > 0);
		/* Any number of times. */
		assert_int_equal(wait_for(&scene, job), 0);
		assert_int_equal(dmaload_job_wait(job, 0, NULL, NULL), 0);
		if (operation == DMALOAD_LOAD)
			scene_check_ranges(&scene, ranges, 2, true);
		fake_check_quiet();
		dmaload_job_destroy(job);
	}
	scene.views[1][512] ^= 1;
	job = gate_submit(&scene, DMALOAD_VERIFY, ranges, 2, NULL);
	scene_check_failure(&scene, wait_for(&scene, job), -EBADMSG,
			    "byte 512 of the buffer");
	scene_check_failure(&scene, wait_for(&scene, job), -EBADMSG,
			    "byte 512 of the buffer");
	dmaload_job_destroy(job);
	dmaload_job_destroy(NULL);
	scene_drop(&scene);
}

static void failures_are_told_later(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *job;
	struct scene scene;
	size_t index;

	(void)state;
	make(&scene);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, 8192);
	ranges[1] = scene_range(&scene, 0, 20000, 0, 20000, 40000);
	ranges[1].priority = 1;
	scene_fill(&scene);
	fake_fail_calls(FAKE_READ, 8, 1, -EIO);
	job = gate_submit(&scene, DMALOAD_LOAD, ranges, 2, NULL);
	scene_check_failure(&scene, wait_for(&scene, job), -EIO,
			    "cannot read ");
	assert_true(scene.report.bytes_bounced >= 8192);
	scene_check_ranges(&scene, ranges, 2, false);
	/* Ranges that were complete before stay so. */
	assert_int_equal(dmaload_job_next_range(job, &index), 0);
	assert_int_equal(index, 0);
	assert_int_equal(dmaload_job_next_range(job, &index), -ENODATA);
	assert_memory_equal(scene.views[0], scene.nodes[0]->bytes, 8192);
	dmaload_job_cancel(job);
	assert_int_equal(dmaload_job_wait(job, 0, NULL, NULL), -EIO);
	dmaload_job_destroy(job);
	scene_drop(&scene);
}

/* Whichever read fails, on any path: no byte is said to be there that is not done. */
static void a_failure_is_no_progress(void **state)
{
	static const uint32_t masks[] = { 0,
		DMALOAD_ALLOW_BUFFERED };
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_progress now = { .size = sizeof(now) };
	struct dmaload_range range;
	struct dmaload_job *job;
	unsigned failed = 0, i;
	struct scene scene;
	int r;

	(void)state;
	for (i = 0; i < 2 * 12; i++) {
		make(&scene);
		range = scene_range(&scene, 0, 0, 0, 0, 60000);
		options.paths = masks[i % 2];
		fake_fail_calls(FAKE_READ, 1 + i / 2, 0, -EIO);
		job = gate_submit(&scene, DMALOAD_LOAD, &range, 1, &options);
		r = wait_for(&scene, job);
		failed += r == -EIO;
		assert_true(r == 0 || r == -EIO);
		assert_int_equal(dmaload_job_progress(job, &now), 0);
		assert_in_range(now.bytes_prefix, 0, now.bytes_done);
		dmaload_job_destroy(job);
		scene_drop(&scene);
		fake_check_balanced();
		fake_reset();
	}
	assert_in_range(failed, 12, 2 * 12);
}

static bool readable(int fd)
{
	return fake_node_of(fd)->raised;
}

/* Each range once, in the order of the priorities; the fd says when. */
static void ranges_as_they_are_complete(void **state)
{
	static const size_t order[] = { 2, 3, 0, 1 };
	struct dmaload_options options = { .size = 0 };
	struct dmaload_range ranges[4];
	struct dmaload_job *job;
	struct scene scene;
	struct gate gate;
	size_t index, told = 0;
	unsigned i;
	int fd, r;

	(void)state;
	make(&scene);
	gate_make(&gate, &options);
	ranges[0] = scene_range(&scene, 0, 0, 1, 0, 30000);
	ranges[1] = scene_range(&scene, 0, 40000, 0, 40000, 20000);
	ranges[2] = scene_range(&scene, 0, 0, 0, 0, 20000);
	ranges[3] = scene_range(&scene, 1, 20000, 0, 20000, 20000);
	ranges[0].priority = 5;
	ranges[1].priority = 9;
	scene_fill(&scene);
	job = gate_submit(&scene, DMALOAD_LOAD, ranges, 4, &options);
	gate_wait(&gate);
	assert_int_equal(dmaload_job_next_range(job, &index), -EINPROGRESS);
	fd = dmaload_job_fd(job, NULL);
	assert_int_equal(dmaload_job_fd(job, NULL), fd);
	assert_false(readable(fd));
	assert_int_equal(dmaload_job_wait(job, 0, NULL, &scene.err),
			 -EINPROGRESS);
	assert_int_equal(dmaload_job_wait(job, -5, NULL, NULL), -EINPROGRESS);
	for (i = 0; i < 200 && told < 3; i++) {
		r = dmaload_job_next_range(job, &index);
		assert_int_equal(readable(fd), r == 0 && told == 0);
		if (r == 0) {
			assert_int_equal(index, order[told++]);
			assert_memory_equal(scene.views[ranges[index].buffer ==
					    scene.buffers[1]] +
					    ranges[index].buffer_offset,
					    scene.nodes[ranges[index].file ==
					    scene.files[1]]->bytes +
					    ranges[index].file_offset,
					    ranges[index].length);
		} else {
			assert_int_equal(r, -EINPROGRESS);
			gate_step(&gate);
		}
	}
	assert_int_equal(told, 3);
	gate_open(&gate);
	assert_int_equal(wait_for(&scene, job), 0);
	assert_true(readable(fd));
	assert_int_equal(dmaload_job_next_range(job, &index), 0);
	assert_int_equal(index, order[3]);
	assert_int_equal(dmaload_job_next_range(job, &index), -ENODATA);
	/* From the end on it stays readable. */
	assert_true(readable(fd));
	dmaload_job_destroy(job);
	gate_destroy(&gate);
	scene_drop(&scene);
}

static void how_far_it_is(void **state)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	struct dmaload_options options = { .size = 0 };
	struct dmaload_range range;
	struct dmaload_job *job;
	struct scene scene;
	struct gate gate;

	(void)state;
	make(&scene);
	gate_make(&gate, &options);
	range = scene_range(&scene, 0, 0, 0, 0, 50000);
	job = gate_submit(&scene, DMALOAD_LOAD, &range, 1, &options);
	gate_wait(&gate);
	gate_step(&gate);
	assert_int_equal(dmaload_job_progress(job, &progress), 0);
	assert_int_equal(progress.bytes_done, gate.progress.bytes_done);
	assert_in_range(progress.bytes_done, 1, 49999);
	assert_in_range(progress.bytes_prefix, 0, progress.bytes_done);
	assert_int_equal(progress.ranges_done, 0);
	gate_open(&gate);
	assert_int_equal(wait_for(&scene, job), 0);
	assert_int_equal(dmaload_job_progress(job, &progress), 0);
	assert_int_equal(progress.bytes_done, 50000);
	assert_int_equal(progress.bytes_prefix, 50000);
	assert_int_equal(progress.ranges_done, 1);
	progress.size = 0;
	assert_int_equal(dmaload_job_progress(job, &progress), -EINVAL);
	assert_int_equal(dmaload_job_progress(NULL, &progress), -EINVAL);
	dmaload_job_destroy(job);
	gate_destroy(&gate);
	scene_drop(&scene);
}

static void what_is_refused(void **state)
{
	struct dmaload_job *untouched = (void *)&fake, *job = untouched;
	struct dmaload_report report = { .size = 0 };
	struct dmaload_range range;
	struct scene scene;
	size_t index;

	(void)state;
	make(&scene);
	range = scene_range(&scene, 0, 0, 0, 0, 100001);
	scene_check_failure(&scene, dmaload_submit(&job, scene.ctx, 0, &range,
						   1, NULL, &scene.err),
			    -ERANGE, "go beyond its end");
	range.length = 1000;
	scene_check_failure(&scene, dmaload_submit(&job, scene.ctx, 3, &range,
						   1, NULL, &scene.err),
			    -EINVAL, "operation 3 is unknown");
	assert_int_equal(dmaload_submit(NULL, scene.ctx, 0, &range, 1, NULL,
					NULL), -EINVAL);
	assert_int_equal(dmaload_submit(&job, NULL, 0, &range, 1, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_submit(&job, scene.ctx, 0, NULL, 1, NULL,
					NULL), -EINVAL);
	assert_ptr_equal(job, untouched);
	job = gate_submit(&scene, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(&scene, job), 0);
	assert_int_equal(dmaload_job_wait(job, 0, &report, NULL), -EINVAL);
	assert_int_equal(dmaload_job_wait(NULL, 0, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_job_next_range(job, NULL), -EINVAL);
	assert_int_equal(dmaload_job_next_range(NULL, &index), -EINVAL);
	assert_int_equal(dmaload_job_fd(NULL, NULL), -EINVAL);
	/* No fd is free now, and one is later. */
	fake_fail_calls(FAKE_EVENT, 1, 1, -EMFILE);
	scene_check_failure(&scene, dmaload_job_fd(job, &scene.err), -EMFILE,
			    "cannot create an eventfd");
	assert_true(readable(dmaload_job_fd(job, NULL)));
	dmaload_job_destroy(job);
	dmaload_job_cancel(NULL);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(does_what_the_call_does),
		SCENE_TEST(failures_are_told_later),
		SCENE_TEST(a_failure_is_no_progress),
		SCENE_TEST(ranges_as_they_are_complete),
		SCENE_TEST(how_far_it_is),
		SCENE_TEST(what_is_refused),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
