/* SPDX-License-Identifier: MIT */
/* Several jobs: their order, what they claim, and what they keep. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "gate.h"
#include "model.h"

static void refused(struct scenery *scenery, enum dmaload_operation operation,
		    const struct dmaload_range *range, const char *message)
{
	struct dmaload_job *job;

	crowd_prepare(&scenery->crowd);
	crowd_check_failure(&scenery->crowd,
			    dmaload_submit(&job, scenery->crowd.ctx, operation,
					   range, 1, NULL, &scenery->crowd.err),
			    -EBUSY, message);
}

/* Who writes is alone with his bytes; who reads is not. */
static void claims(void **state)
{
	struct scenery scenery;
	struct dmaload_range range;
	struct dmaload_job *jobs[4];
	struct crowd *crowd = &scenery.crowd;
	int i;

	(void)state;
	scenery_make(&scenery);
	jobs[0] = scenery_hold(&scenery);
	range = crowd_range(crowd, 0, 0, 0, 49999, 1);
	refused(&scenery, DMALOAD_LOAD, &range, "byte 49999 of the system");
	refused(&scenery, DMALOAD_STORE, &range, "byte 49999 of the system");
	refused(&scenery, DMALOAD_VERIFY, &range, "byte 49999 of the system");
	range.buffer_offset++;
	jobs[1] = gate_submit(crowd, DMALOAD_VERIFY, &range, 1, NULL);
	jobs[2] = gate_submit(crowd, DMALOAD_STORE, &range, 1, NULL);
	refused(&scenery, DMALOAD_LOAD, &range, "byte 50000");
	jobs[3] = scenery_submit(&scenery, 2, NULL);
	range = crowd_range(crowd, 1, 20000, 1, 0, 1000);
	refused(&scenery, DMALOAD_LOAD, &range, "is being read by another");
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, jobs[3]), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(scenery_wait(&scenery, jobs[i]), i == 1 ?
				 -EBADMSG : 0);
	/* And now it is all free. */
	crowd_load_all(crowd, &range, 1);
	for (i = 0; i < 4; i++)
		dmaload_job_destroy(jobs[i]);
	scenery_drop(&scenery);
}

static void one_after_the_other(void **state)
{
	struct scenery scenery;
	struct dmaload_range ranges[5];
	struct dmaload_job *jobs[5];
	struct dmaload_progress progress = { .size = sizeof(progress) };
	unsigned i, k;

	(void)state;
	scenery_make(&scenery);
	for (i = 0; i < 5; i++) {
		ranges[i] = crowd_range(&scenery.crowd, 0, i * 1000, i % 2,
					i * 10000, 9000);
		jobs[i] = gate_submit(&scenery.crowd, DMALOAD_LOAD, &ranges[i],
				      1, &scenery.gated);
		if (i == 0)
			gate_wait(&scenery.gate);
	}
	for (i = 0; i < 5; i++) {
		/* Those before have ended, and those behind have not begun. */
		for (k = 0; k < 5; k++)
			if (k != i)
				assert_int_equal(dmaload_job_wait(jobs[k], 0,
						 NULL, NULL),
						 k < i ? 0 : -EINPROGRESS);
		dmaload_job_progress(jobs[i], &progress);
		assert_true(progress.bytes_done > 0);
		while (i < 4 && dmaload_job_wait(jobs[i], 0, NULL, NULL) != 0)
			gate_step(&scenery.gate);
	}
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, jobs[4]), 0);
	assert_true(scenery.crowd.report.queued_ns > 0);
	crowd_check(&scenery.crowd, ranges, 5, true);
	for (i = 0; i < 5; i++)
		dmaload_job_destroy(jobs[i]);
	scenery_drop(&scenery);
}

/* Files and buffers may go at once; they are gone when the job is. */
static void kept_until_the_end(void **state)
{
	struct scenery scenery;
	struct crowd *crowd = &scenery.crowd;
	struct dmaload_job *first, *second;
	unsigned fds;

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	second = scenery_submit(&scenery, 1, NULL);
	fds = fake_library_fds();
	dmaload_file_close(crowd->files[0]);
	dmaload_buffer_destroy(crowd->buffers[1]);
	assert_int_equal(fake_library_fds(), fds);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, second), 0);
	assert_memory_equal(crowd->views[1], crowd->nodes[0]->bytes + 7, 50000);
	/* Two of the file, one of the buffer, and the job's own are closed. */
	assert_true(fake_library_fds() <= fds - 3);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	assert_int_equal(dmaload_file_create(&crowd->files[0],
					     crowd->nodes[0]->path, 0, NULL), 0);
	assert_int_equal(dmaload_buffer_create(&crowd->buffers[1], "memfd",
					       4096, NULL), 0);
	scenery_drop(&scenery);
}

static void *load_here(void *data)
{
	struct scenery *scenery = data;
	int r;

	r = dmaload_load(scenery->crowd.ctx, &scenery->ranges[1], 1, NULL, NULL,
			 NULL);
	return r == 0 ? NULL : data;
}

/* Who waits stands in the same queue. */
static void a_blocking_call_takes_its_turn(void **state)
{
	struct scenery scenery;
	struct dmaload_job *first;
	pthread_t thread, opener;
	void *failed;

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	assert_int_equal(pthread_create(&thread, NULL, load_here, &scenery), 0);
	opener = gate_open_later(&scenery.gate);
	pthread_join(thread, &failed);
	pthread_join(opener, NULL);
	assert_null(failed);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), 0);
	crowd_check(&scenery.crowd, scenery.ranges, 2, true);
	dmaload_job_destroy(first);
	scenery_drop(&scenery);
}

struct caller {
	struct scenery *scenery;
	struct dmaload_job *job;
	int waited;
	int loaded;
};

static int call_back(const struct dmaload_progress *progress, void *data)
{
	struct caller *caller = data;
	struct scenery *scenery = caller->scenery;

	(void)progress;
	if (!caller->job)
		return 0;
	caller->waited = dmaload_job_wait(caller->job, DMALOAD_FOREVER, NULL,
					  NULL);
	caller->loaded = dmaload_load(scenery->crowd.ctx, &scenery->ranges[2], 1,
				      NULL, NULL, NULL);
	return 0;
}

static void a_progress_function_cannot_wait(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct scenery scenery;
	struct caller caller = { .scenery = &scenery };
	struct dmaload_job *first;

	(void)state;
	scenery_make(&scenery);
	options.progress = call_back;
	options.progress_data = &caller;
	first = scenery_hold(&scenery);
	caller.job = scenery_submit(&scenery, 1, &options);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, caller.job), 0);
	assert_int_equal(caller.waited, -EDEADLK);
	assert_int_equal(caller.loaded, -EDEADLK);
	assert_int_equal(scenery.crowd.nodes[1]->came, 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(caller.job);
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(claims),
		SCENE_TEST(one_after_the_other),
		SCENE_TEST(kept_until_the_end),
		SCENE_TEST(a_blocking_call_takes_its_turn),
		SCENE_TEST(a_progress_function_cannot_wait),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
