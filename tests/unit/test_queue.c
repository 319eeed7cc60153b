/* SPDX-License-Identifier: MIT */
/* Several jobs: their order, what they claim, and how they are stopped. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "gate.h"
#include "model.h"

struct scenery {
	struct crowd crowd;
	struct gate gate;
	/* Stops at the gate. */
	struct dmaload_options gated;
	/* Of the first buffer, of the second, and of the stream. */
	struct dmaload_range ranges[3];
};

static void make(struct scenery *scenery)
{
	struct crowd *crowd = &scenery->crowd;

	memset(scenery, 0, sizeof(*scenery));
	crowd_make(crowd, 4096, 2);
	crowd_add_file(crowd, 100000, 0);
	crowd_add_stream(crowd, FAKE_PIPE, 30000);
	crowd_add_buffer(crowd, "pfnmap", 64 << 10);
	crowd_add_buffer(crowd, "memfd", 64 << 10);
	crowd_add_buffer(crowd, "memory", 64 << 10);
	gate_make(&scenery->gate, &scenery->gated);
	scenery->ranges[0] = crowd_range(crowd, 0, 0, 0, 0, 50000);
	scenery->ranges[1] = crowd_range(crowd, 0, 7, 1, 0, 50000);
	scenery->ranges[2] = crowd_range(crowd, 1, 0, 2, 0, 20000);
	crowd_fill(crowd);
}

static void drop(struct scenery *scenery)
{
	gate_destroy(&scenery->gate);
	crowd_drop(&scenery->crowd);
	fake_check_balanced();
	fake_reset();
}

static int wait_for(struct scenery *scenery, struct dmaload_job *job)
{
	crowd_prepare(&scenery->crowd);
	return dmaload_job_wait(job, DMALOAD_FOREVER, &scenery->crowd.report,
				&scenery->crowd.err);
}

static struct dmaload_job *submit(struct scenery *scenery, unsigned range,
				  const struct dmaload_options *options)
{
	return gate_submit(&scenery->crowd, DMALOAD_LOAD,
			   &scenery->ranges[range], 1, options);
}

/* The first job, held at the gate. */
static struct dmaload_job *hold(struct scenery *scenery)
{
	struct dmaload_job *job = submit(scenery, 0, &scenery->gated);

	gate_wait(&scenery->gate);
	return job;
}

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
	make(&scenery);
	jobs[0] = hold(&scenery);
	range = crowd_range(crowd, 0, 0, 0, 49999, 1);
	refused(&scenery, DMALOAD_LOAD, &range, "byte 49999 of the system");
	refused(&scenery, DMALOAD_STORE, &range, "byte 49999 of the system");
	refused(&scenery, DMALOAD_VERIFY, &range, "byte 49999 of the system");
	range.buffer_offset++;
	jobs[1] = gate_submit(crowd, DMALOAD_VERIFY, &range, 1, NULL);
	jobs[2] = gate_submit(crowd, DMALOAD_STORE, &range, 1, NULL);
	refused(&scenery, DMALOAD_LOAD, &range, "byte 50000");
	jobs[3] = submit(&scenery, 2, NULL);
	range = crowd_range(crowd, 1, 20000, 1, 0, 1000);
	refused(&scenery, DMALOAD_LOAD, &range, "is being read by another");
	gate_open(&scenery.gate);
	assert_int_equal(wait_for(&scenery, jobs[3]), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(wait_for(&scenery, jobs[i]), i == 1 ?
				 -EBADMSG : 0);
	/* And now it is all free. */
	crowd_load_all(crowd, &range, 1);
	for (i = 0; i < 4; i++)
		dmaload_job_destroy(jobs[i]);
	drop(&scenery);
}

static void one_after_the_other(void **state)
{
	struct scenery scenery;
	struct dmaload_range ranges[5];
	struct dmaload_job *jobs[5];
	struct dmaload_progress progress = { .size = sizeof(progress) };
	unsigned i, k;

	(void)state;
	make(&scenery);
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
						 k < i ? 0 : -ETIMEDOUT);
		dmaload_job_progress(jobs[i], &progress);
		assert_true(progress.bytes_done > 0);
		while (i < 4 && dmaload_job_wait(jobs[i], 0, NULL, NULL) != 0)
			gate_step(&scenery.gate);
	}
	gate_open(&scenery.gate);
	assert_int_equal(wait_for(&scenery, jobs[4]), 0);
	assert_true(scenery.crowd.report.queued_ns > 0);
	crowd_check(&scenery.crowd, ranges, 5, true);
	for (i = 0; i < 5; i++)
		dmaload_job_destroy(jobs[i]);
	drop(&scenery);
}

static void canceled_before_and_after(void **state)
{
	struct scenery scenery;
	struct dmaload_job *first, *second, *third;
	unsigned reads;

	(void)state;
	make(&scenery);
	first = hold(&scenery);
	second = submit(&scenery, 1, NULL);
	third = submit(&scenery, 2, NULL);
	/* One that waits for its turn ends at once, and its claims with it. */
	dmaload_job_cancel(second);
	assert_int_equal(dmaload_job_wait(second, 0, NULL, &scenery.crowd.err),
			 -ECANCELED);
	assert_non_null(strstr(scenery.crowd.err.message,
			       "canceled after 0 of 50000 bytes"));
	dmaload_job_destroy(third);
	third = submit(&scenery, 2, NULL);
	dmaload_job_cancel(third);
	/* One that goes on ends with its next step. */
	reads = fake_count(FAKE_READ);
	dmaload_job_cancel(first);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), -ETIMEDOUT);
	gate_open(&scenery.gate);
	assert_int_equal(wait_for(&scenery, first), -ECANCELED);
	assert_true(scenery.crowd.report.bytes_bounced < 50000);
	assert_true(fake_count(FAKE_READ) <= reads + 2);
	crowd_check(&scenery.crowd, &scenery.ranges[0], 1, false);
	dmaload_job_cancel(first);
	assert_int_equal(scenery.crowd.nodes[1]->came, 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	dmaload_job_destroy(third);
	crowd_load_all(&scenery.crowd, scenery.ranges, 3);
	drop(&scenery);
}

static void deadlines_in_the_queue(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct scenery scenery;
	struct dmaload_job *first, *second;

	(void)state;
	make(&scenery);
	first = hold(&scenery);
	options.deadline_ns = sys_now() + 1000000;
	second = submit(&scenery, 1, &options);
	assert_int_equal(dmaload_job_wait(second, 1000, NULL, NULL),
			 -ETIMEDOUT);
	/* The first one is still at the gate. */
	crowd_check_failure(&scenery.crowd, wait_for(&scenery, second), -ETIME,
			    "deadline passed after 0 of 50000");
	gate_open(&scenery.gate);
	assert_int_equal(wait_for(&scenery, first), 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	drop(&scenery);
}

/* Files and buffers may go at once; they are gone when the job is. */
static void kept_until_the_end(void **state)
{
	struct scenery scenery;
	struct crowd *crowd = &scenery.crowd;
	struct dmaload_job *first, *second;
	unsigned fds;

	(void)state;
	make(&scenery);
	first = hold(&scenery);
	second = submit(&scenery, 1, NULL);
	fds = fake_library_fds();
	dmaload_file_close(crowd->files[0]);
	dmaload_buffer_destroy(crowd->buffers[1]);
	assert_int_equal(fake_library_fds(), fds);
	gate_open(&scenery.gate);
	assert_int_equal(wait_for(&scenery, second), 0);
	assert_memory_equal(crowd->views[1], crowd->nodes[0]->bytes + 7, 50000);
	/* Two of the file, one of the buffer, and the job's own are closed. */
	assert_true(fake_library_fds() <= fds - 3);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	assert_int_equal(dmaload_file_create(&crowd->files[0],
					     crowd->nodes[0]->path, 0, NULL), 0);
	assert_int_equal(dmaload_buffer_create(&crowd->buffers[1], "memfd",
					       4096, NULL), 0);
	drop(&scenery);
}

/* A stream that brings nothing, and nobody who would wait for ever. */
static void stopped_while_it_stalls(void **state)
{
	const struct timespec a_while = { .tv_nsec = 20000000 };
	struct scenery scenery;
	struct crowd *crowd = &scenery.crowd;
	struct dmaload_job *job;
	int how;

	(void)state;
	for (how = 0; how < 4; how++) {
		make(&scenery);
		crowd->nodes[1]->stalls = FAKE_FOREVER;
		job = submit(&scenery, 2, NULL);
		nanosleep(&a_while, NULL);
		if (how == 0) {
			dmaload_job_cancel(job);
		} else if (how == 1) {
			/* The caller's memory is his again, and not before. */
			dmaload_buffer_destroy(crowd->buffers[2]);
		} else if (how == 2) {
			dmaload_ctx_destroy(crowd->ctx);
			crowd->ctx = NULL;
		} else {
			dmaload_job_destroy(job);
			job = NULL;
		}
		if (job)
			assert_int_equal(wait_for(&scenery, job), -ECANCELED);
		assert_int_equal(crowd->nodes[1]->came, 0);
		fake_check_quiet();
		if (how == 1)
			assert_int_equal(dmaload_buffer_from_memory(
				&crowd->buffers[2], crowd->views[2], 64 << 10,
				NULL), 0);
		dmaload_job_destroy(job);
		drop(&scenery);
	}
}

static void the_context_is_destroyed(void **state)
{
	struct scenery scenery;
	struct dmaload_job *jobs[3];
	pthread_t thread;
	size_t index;
	int i;

	(void)state;
	make(&scenery);
	jobs[0] = hold(&scenery);
	jobs[1] = submit(&scenery, 1, NULL);
	jobs[2] = submit(&scenery, 2, &scenery.gated);
	thread = gate_open_later(&scenery.gate);
	dmaload_ctx_destroy(scenery.crowd.ctx);
	scenery.crowd.ctx = NULL;
	pthread_join(thread, NULL);
	/* The handles stay valid. */
	for (i = 0; i < 3; i++) {
		assert_int_equal(wait_for(&scenery, jobs[i]), -ECANCELED);
		assert_int_equal(dmaload_job_next_range(jobs[i], &index),
				 -ENODATA);
		assert_true(fake_node_of(dmaload_job_fd(jobs[i], NULL))->raised);
		dmaload_job_cancel(jobs[i]);
		dmaload_job_destroy(jobs[i]);
	}
	drop(&scenery);
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
	make(&scenery);
	first = hold(&scenery);
	assert_int_equal(pthread_create(&thread, NULL, load_here, &scenery), 0);
	opener = gate_open_later(&scenery.gate);
	pthread_join(thread, &failed);
	pthread_join(opener, NULL);
	assert_null(failed);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), 0);
	crowd_check(&scenery.crowd, scenery.ranges, 2, true);
	dmaload_job_destroy(first);
	drop(&scenery);
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
	make(&scenery);
	options.progress = call_back;
	options.progress_data = &caller;
	first = hold(&scenery);
	caller.job = submit(&scenery, 1, &options);
	gate_open(&scenery.gate);
	assert_int_equal(wait_for(&scenery, caller.job), 0);
	assert_int_equal(caller.waited, -EDEADLK);
	assert_int_equal(caller.loaded, -EDEADLK);
	assert_int_equal(scenery.crowd.nodes[1]->came, 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(caller.job);
	drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(claims),
		SCENE_TEST(one_after_the_other),
		SCENE_TEST(canceled_before_and_after),
		SCENE_TEST(deadlines_in_the_queue),
		SCENE_TEST(kept_until_the_end),
		SCENE_TEST(stopped_while_it_stalls),
		SCENE_TEST(the_context_is_destroyed),
		SCENE_TEST(a_blocking_call_takes_its_turn),
		SCENE_TEST(a_progress_function_cannot_wait),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
