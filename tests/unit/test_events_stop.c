/* SPDX-License-Identifier: MIT */
/* Events of jobs that are stopped, and what becomes of those that are not taken. */
#include <errno.h>
#include <pthread.h>

#include "desk.h"
#include "model.h"

static void canceled_jobs(void **state)
{
	struct dmaload_job *first, *second;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	first = desk_hold(&desk, 1);
	desk.options.user_data = 2;
	second = scenery_submit(&desk.scenery, 3, &desk.options);
	dmaload_job_cancel(second);
	desk_expect_end(&desk, 2, -ECANCELED);
	check_says(desk.event.error.message, "canceled after 0 of 20000 bytes");
	dmaload_job_cancel(first);
	assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
	gate_open(&desk.scenery.gate);
	desk_expect_end(&desk, 1, -ECANCELED);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	desk_drop(&desk);
}

/* While the context's thread waits for a slot. */
static void a_deadline_in_the_queue(void **state)
{
	struct dmaload_job *first;
	struct desk desk;

	(void)state;
	desk_make(&desk);
	first = desk_block(&desk, 1);
	desk_submit(&desk, &desk.scenery.ranges[1], 1, 2);
	desk.options.deadline_ns = sys_now() + 1000000;
	desk_submit(&desk, &desk.scenery.ranges[1], 1, 3);
	desk_expect_end(&desk, 3, -ETIME);
	assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
	desk_unblock(&desk);
	desk_expect_end(&desk, 2, 0);
	gate_open(&desk.scenery.gate);
	desk_expect_end(&desk, 1, 0);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(first);
	desk_drop(&desk);
}

/* Its events go with it, those that have happened and those that have not. */
static void destroyed_jobs(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_job *first, *second;
	struct desk desk;
	unsigned i;

	(void)state;
	desk_make(&desk);
	for (i = 0; i < 2; i++) {
		ranges[i] = scene_range(desk.scene, 0, i * 4096, 0, i * 4096,
					4096);
		ranges[i].priority = i;
	}
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	first = gate_submit(desk.scene, DMALOAD_LOAD, ranges, 2, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, first), 0);
	second = gate_submit(desk.scene, DMALOAD_LOAD, ranges, 2, &desk.options);
	assert_int_equal(scenery_wait(&desk.scenery, second), 0);
	desk_expect_range(&desk, 0, 0);
	assert_ptr_equal(desk.event.job, first);
	/* The rest of the first, in front of the second. */
	dmaload_job_destroy(first);
	for (i = 0; i < 2; i++) {
		desk_expect_range(&desk, 0, i);
		assert_ptr_equal(desk.event.job, second);
	}
	assert_true(desk_is_readable(&desk));
	dmaload_job_destroy(second);
	desk_expect_nothing(&desk);
	first = desk_hold(&desk, 1);
	assert_int_equal(desk_try(&desk, 0), -EINPROGRESS);
	gate_open(&desk.scenery.gate);
	dmaload_job_destroy(first);
	desk_expect_nothing(&desk);
	desk_drop(&desk);
}

static void *destroy_job(void *job)
{
	dmaload_job_destroy(job);
	return NULL;
}

/* A waiting thread learns at once that there will be none. */
static void nothing_left_to_wait_for(void **state)
{
	struct dmaload_job *job;
	struct desk desk;
	pthread_t thread;

	(void)state;
	desk_make(&desk);
	job = desk_hold(&desk, 1);
	assert_int_equal(pthread_create(&thread, NULL, destroy_job, job), 0);
	desk_expect_nothing(&desk);
	gate_open(&desk.scenery.gate);
	pthread_join(thread, NULL);
	desk_expect_nothing(&desk);
	desk_drop(&desk);
}

/* Jobs that have ended, go on, and wait for their turn; with and without a handle. */
static void destroyed_with_jobs_left(void **state)
{
	struct dmaload_options options;
	struct dmaload_job *ended, *queued;
	struct scenery *scenery;
	struct desk desk;
	pthread_t thread;

	(void)state;
	desk_make(&desk);
	scenery = &desk.scenery;
	desk.options.flags = DMALOAD_RANGE_EVENTS;
	desk_submit(&desk, &scenery->ranges[1], 1, 0);
	desk_submit(&desk, &scenery->ranges[1], 1, 1);
	ended = scenery_submit(scenery, 1, &desk.options);
	assert_int_equal(scenery_wait(scenery, ended), 0);
	desk_expect_range(&desk, 0, 0);
	options = scenery->gated;
	options.events = desk.events;
	assert_int_equal(dmaload_submit(NULL, desk.scene->ctx, DMALOAD_LOAD,
					scenery->ranges, 1, &options, NULL), 0);
	gate_wait(&scenery->gate);
	desk_submit(&desk, &scenery->ranges[3], 1, 2);
	queued = scenery_submit(scenery, 4, &desk.options);
	thread = gate_open_later(&scenery->gate);
	dmaload_events_destroy(desk.events);
	desk.events = NULL;
	pthread_join(thread, NULL);
	/* The handles stay valid, and so does what was asked for. */
	assert_int_equal(dmaload_job_wait(ended, 0, NULL, NULL), 0);
	assert_int_equal(scenery_wait(scenery, queued), 0);
	assert_memory_equal(desk.scene->views[0] + 30000,
			    desk.scene->nodes[1]->bytes, 20000);
	assert_int_equal(dmaload_job_fd(queued, NULL), -EINVAL);
	dmaload_job_destroy(ended);
	dmaload_job_destroy(queued);
	desk_drop(&desk);
}

static void *destroy_ctx(void *ctx)
{
	dmaload_ctx_destroy(ctx);
	return NULL;
}

/* The events of its jobs can still be taken. */
static void the_context_is_destroyed(void **state)
{
	struct dmaload_job *first;
	struct desk desk;
	pthread_t thread;

	(void)state;
	desk_make(&desk);
	desk_submit(&desk, &desk.scenery.ranges[1], 1, 0);
	desk_expect_end(&desk, 0, 0);
	first = desk_hold(&desk, 1);
	desk_submit(&desk, &desk.scenery.ranges[3], 1, 2);
	assert_int_equal(pthread_create(&thread, NULL, destroy_ctx,
					desk.scene->ctx), 0);
	/* One that waits for its turn ends at once. */
	desk_expect_end(&desk, 2, -ECANCELED);
	gate_open(&desk.scenery.gate);
	pthread_join(thread, NULL);
	desk.scene->ctx = NULL;
	assert_true(desk_is_readable(&desk));
	desk_expect_end(&desk, 1, -ECANCELED);
	assert_ptr_equal(desk.event.job, first);
	desk_expect_nothing(&desk);
	dmaload_job_destroy(first);
	desk_drop(&desk);
}

/* Or never are. */
static void both_are_destroyed(void **state)
{
	struct desk desk;
	unsigned i;

	(void)state;
	desk_make(&desk);
	for (i = 0; i < 20; i++)
		desk_submit(&desk, &desk.scenery.ranges[i % 2], 1, i);
	dmaload_ctx_destroy(desk.scene->ctx);
	desk.scene->ctx = NULL;
	desk_drop(&desk);
}

/* The bytes are the caller's again. */
static void the_memory_is_taken_away(void **state)
{
	struct desk desk;

	(void)state;
	desk_make(&desk);
	desk.scene->nodes[1]->stalls = FAKE_FOREVER;
	desk_submit(&desk, &desk.scenery.ranges[2], 1, 5);
	dmaload_buffer_destroy(desk.scene->buffers[2]);
	desk_expect_end(&desk, 5, -ECANCELED);
	desk_expect_nothing(&desk);
	assert_int_equal(dmaload_buffer_from_memory(&desk.scene->buffers[2],
						    desk.scene->views[2],
						    64 << 10, NULL), 0);
	desk_drop(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(canceled_jobs),
		SCENE_TEST(a_deadline_in_the_queue),
		SCENE_TEST(destroyed_jobs),
		SCENE_TEST(nothing_left_to_wait_for),
		SCENE_TEST(destroyed_with_jobs_left),
		SCENE_TEST(the_context_is_destroyed),
		SCENE_TEST(both_are_destroyed),
		SCENE_TEST(the_memory_is_taken_away),
	};

	return cmocka_run_group_tests_name("events_stop", tests, NULL, NULL);
}
