/* SPDX-License-Identifier: MIT */
/* A job: what it tells, while it goes on and when it has ended. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "gate.h"
#include "model.h"

static void make(struct crowd *crowd)
{
	crowd_make(crowd, 4096, 2);
	crowd_add_file(crowd, 100000, 0);
	crowd_add_file(crowd, 50000, 0);
	crowd_add_buffer(crowd, "pfnmap", 64 << 10);
	crowd_add_buffer(crowd, "memfd", 64 << 10);
}

static int wait_for(struct crowd *crowd, struct dmaload_job *job)
{
	crowd_prepare(crowd);
	return dmaload_job_wait(job, DMALOAD_FOREVER, &crowd->report,
				&crowd->err);
}

/* Load, store and compare in the background, as in the foreground. */
static void does_what_the_call_does(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *job;
	struct crowd crowd;
	int operation;

	(void)state;
	make(&crowd);
	ranges[0] = crowd_range(&crowd, 0, 700, 0, 3, 50000);
	ranges[1] = crowd_range(&crowd, 1, 0, 1, 512, 20000);
	crowd_fill(&crowd);
	for (operation = 0; operation < 3; operation++) {
		job = gate_submit(&crowd, (enum dmaload_operation)operation,
				  ranges, 2, NULL);
		if (wait_for(&crowd, job) != 0)
			fail_msg("%s", crowd.err.message);
		assert_int_equal(crowd.report.bytes_total, 70000);
		assert_int_equal(crowd.report.ranges, 2);
		assert_int_equal(crowd.report.brackets, 1 + 1);
		assert_true(crowd.report.reads > 0);
		/* Any number of times. */
		assert_int_equal(wait_for(&crowd, job), 0);
		assert_int_equal(dmaload_job_wait(job, 0, NULL, NULL), 0);
		if (operation == DMALOAD_LOAD)
			crowd_check(&crowd, ranges, 2, true);
		fake_check_quiet();
		dmaload_job_destroy(job);
	}
	crowd.views[1][512] ^= 1;
	job = gate_submit(&crowd, DMALOAD_VERIFY, ranges, 2, NULL);
	crowd_check_failure(&crowd, wait_for(&crowd, job), -EBADMSG,
			    "byte 512 of the buffer");
	crowd_check_failure(&crowd, wait_for(&crowd, job), -EBADMSG,
			    "byte 512 of the buffer");
	dmaload_job_destroy(job);
	dmaload_job_destroy(NULL);
	crowd_drop(&crowd);
}

static void failures_are_told_later(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *job;
	struct crowd crowd;
	size_t index;

	(void)state;
	make(&crowd);
	ranges[0] = crowd_range(&crowd, 0, 0, 0, 0, 8192);
	ranges[1] = crowd_range(&crowd, 0, 20000, 0, 20000, 40000);
	ranges[1].priority = 1;
	crowd_fill(&crowd);
	fake_fail_calls(FAKE_READ, 8, 1, -EIO);
	job = gate_submit(&crowd, DMALOAD_LOAD, ranges, 2, NULL);
	crowd_check_failure(&crowd, wait_for(&crowd, job), -EIO,
			    "cannot read ");
	assert_true(crowd.report.bytes_bounced >= 8192);
	crowd_check(&crowd, ranges, 2, false);
	/* Ranges that were complete before stay so. */
	assert_int_equal(dmaload_job_next_range(job, &index), 0);
	assert_int_equal(index, 0);
	assert_int_equal(dmaload_job_next_range(job, &index), -ENODATA);
	assert_memory_equal(crowd.views[0], crowd.nodes[0]->bytes, 8192);
	dmaload_job_cancel(job);
	assert_int_equal(dmaload_job_wait(job, 0, NULL, NULL), -EIO);
	dmaload_job_destroy(job);
	crowd_drop(&crowd);
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
	struct crowd crowd;
	int r;

	(void)state;
	for (i = 0; i < 2 * 12; i++) {
		make(&crowd);
		range = crowd_range(&crowd, 0, 0, 0, 0, 60000);
		options.paths = masks[i % 2];
		fake_fail_calls(FAKE_READ, 1 + i / 2, 0, -EIO);
		job = gate_submit(&crowd, DMALOAD_LOAD, &range, 1, &options);
		r = wait_for(&crowd, job);
		failed += r == -EIO;
		assert_true(r == 0 || r == -EIO);
		assert_int_equal(dmaload_job_progress(job, &now), 0);
		assert_in_range(now.bytes_prefix, 0, now.bytes_done);
		dmaload_job_destroy(job);
		crowd_drop(&crowd);
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
	struct crowd crowd;
	struct gate gate;
	size_t index, told = 0;
	unsigned i;
	int fd, r;

	(void)state;
	make(&crowd);
	gate_make(&gate, &options);
	ranges[0] = crowd_range(&crowd, 0, 0, 1, 0, 30000);
	ranges[1] = crowd_range(&crowd, 0, 40000, 0, 40000, 20000);
	ranges[2] = crowd_range(&crowd, 0, 0, 0, 0, 20000);
	ranges[3] = crowd_range(&crowd, 1, 20000, 0, 20000, 20000);
	ranges[0].priority = 5;
	ranges[1].priority = 9;
	crowd_fill(&crowd);
	job = gate_submit(&crowd, DMALOAD_LOAD, ranges, 4, &options);
	gate_wait(&gate);
	assert_int_equal(dmaload_job_next_range(job, &index), -EINPROGRESS);
	fd = dmaload_job_fd(job, NULL);
	assert_int_equal(dmaload_job_fd(job, NULL), fd);
	assert_false(readable(fd));
	assert_int_equal(dmaload_job_wait(job, 0, NULL, &crowd.err),
			 -EINPROGRESS);
	assert_int_equal(dmaload_job_wait(job, -5, NULL, NULL), -EINPROGRESS);
	for (i = 0; i < 200 && told < 3; i++) {
		r = dmaload_job_next_range(job, &index);
		assert_int_equal(readable(fd), r == 0 && told == 0);
		if (r == 0) {
			assert_int_equal(index, order[told++]);
			assert_memory_equal(crowd.views[ranges[index].buffer ==
					    crowd.buffers[1]] +
					    ranges[index].buffer_offset,
					    crowd.nodes[ranges[index].file ==
					    crowd.files[1]]->bytes +
					    ranges[index].file_offset,
					    ranges[index].length);
		} else {
			assert_int_equal(r, -EINPROGRESS);
			gate_step(&gate);
		}
	}
	assert_int_equal(told, 3);
	gate_open(&gate);
	assert_int_equal(wait_for(&crowd, job), 0);
	assert_true(readable(fd));
	assert_int_equal(dmaload_job_next_range(job, &index), 0);
	assert_int_equal(index, order[3]);
	assert_int_equal(dmaload_job_next_range(job, &index), -ENODATA);
	/* From the end on it stays readable. */
	assert_true(readable(fd));
	dmaload_job_destroy(job);
	gate_destroy(&gate);
	crowd_drop(&crowd);
}

static void how_far_it_is(void **state)
{
	struct dmaload_progress progress = { .size = sizeof(progress) };
	struct dmaload_options options = { .size = 0 };
	struct dmaload_range range;
	struct dmaload_job *job;
	struct crowd crowd;
	struct gate gate;

	(void)state;
	make(&crowd);
	gate_make(&gate, &options);
	range = crowd_range(&crowd, 0, 0, 0, 0, 50000);
	job = gate_submit(&crowd, DMALOAD_LOAD, &range, 1, &options);
	gate_wait(&gate);
	gate_step(&gate);
	assert_int_equal(dmaload_job_progress(job, &progress), 0);
	assert_int_equal(progress.bytes_done, gate.progress.bytes_done);
	assert_in_range(progress.bytes_done, 1, 49999);
	assert_in_range(progress.bytes_prefix, 0, progress.bytes_done);
	assert_int_equal(progress.ranges_done, 0);
	gate_open(&gate);
	assert_int_equal(wait_for(&crowd, job), 0);
	assert_int_equal(dmaload_job_progress(job, &progress), 0);
	assert_int_equal(progress.bytes_done, 50000);
	assert_int_equal(progress.bytes_prefix, 50000);
	assert_int_equal(progress.ranges_done, 1);
	progress.size = 0;
	assert_int_equal(dmaload_job_progress(job, &progress), -EINVAL);
	assert_int_equal(dmaload_job_progress(NULL, &progress), -EINVAL);
	dmaload_job_destroy(job);
	gate_destroy(&gate);
	crowd_drop(&crowd);
}

static void what_is_refused(void **state)
{
	struct dmaload_job *untouched = (void *)&fake, *job = untouched;
	struct dmaload_report report = { .size = 0 };
	struct dmaload_range range;
	struct crowd crowd;
	size_t index;

	(void)state;
	make(&crowd);
	range = crowd_range(&crowd, 0, 0, 0, 0, 100001);
	crowd_check_failure(&crowd, dmaload_submit(&job, crowd.ctx, 0, &range,
						   1, NULL, &crowd.err),
			    -ERANGE, "go beyond its end");
	range.length = 1000;
	crowd_check_failure(&crowd, dmaload_submit(&job, crowd.ctx, 3, &range,
						   1, NULL, &crowd.err),
			    -EINVAL, "operation 3 is unknown");
	assert_int_equal(dmaload_submit(NULL, crowd.ctx, 0, &range, 1, NULL,
					NULL), -EINVAL);
	assert_int_equal(dmaload_submit(&job, NULL, 0, &range, 1, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_submit(&job, crowd.ctx, 0, NULL, 1, NULL,
					NULL), -EINVAL);
	assert_ptr_equal(job, untouched);
	job = gate_submit(&crowd, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(&crowd, job), 0);
	assert_int_equal(dmaload_job_wait(job, 0, &report, NULL), -EINVAL);
	assert_int_equal(dmaload_job_wait(NULL, 0, NULL, NULL), -EINVAL);
	assert_int_equal(dmaload_job_next_range(job, NULL), -EINVAL);
	assert_int_equal(dmaload_job_next_range(NULL, &index), -EINVAL);
	assert_int_equal(dmaload_job_fd(NULL, NULL), -EINVAL);
	/* No fd is free now, and one is later. */
	fake_fail_calls(FAKE_EVENT, 1, 1, -EMFILE);
	crowd_check_failure(&crowd, dmaload_job_fd(job, &crowd.err), -EMFILE,
			    "cannot create an eventfd");
	assert_true(readable(dmaload_job_fd(job, NULL)));
	dmaload_job_destroy(job);
	dmaload_job_cancel(NULL);
	crowd_drop(&crowd);
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
