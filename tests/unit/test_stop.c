/* SPDX-License-Identifier: MIT */
/* Jobs that are stopped: before their turn, while they go on, and after. */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "gate.h"
#include "model.h"

static void canceled_before_and_after(void **state)
{
	struct scenery scenery;
	struct dmaload_job *first, *second, *third;
	unsigned reads;

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	second = scenery_submit(&scenery, 3, NULL);
	third = scenery_submit(&scenery, 4, NULL);
	/* One that waits for its turn ends at once, and its claims with it. */
	dmaload_job_cancel(second);
	assert_int_equal(dmaload_job_wait(second, 0, NULL, &scenery.scene.err),
			 -ECANCELED);
	check_says(scenery.scene.err.message,
		   "canceled after 0 of 20000 bytes");
	dmaload_job_destroy(third);
	third = scenery_submit(&scenery, 4, NULL);
	dmaload_job_cancel(third);
	/* One that goes on ends with its next step. */
	reads = fake_count(FAKE_READ);
	dmaload_job_cancel(first);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), -EINPROGRESS);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, first), -ECANCELED);
	assert_true(scenery.scene.report.bytes_bounced < 50000);
	assert_true(fake_count(FAKE_READ) <= reads + 2);
	scene_check_ranges(&scenery.scene, &scenery.ranges[0], 1, false);
	dmaload_job_cancel(first);
	assert_int_equal(scenery.scene.nodes[1]->came, 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	dmaload_job_destroy(third);
	scene_expect_load(&scenery.scene, scenery.ranges, 3);
	scenery_drop(&scenery);
}

static void deadlines_in_the_queue(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct scenery scenery;
	struct dmaload_job *first, *second;

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	options.deadline_ns = sys_now() + 1000000;
	second = scenery_submit(&scenery, 3, &options);
	assert_int_equal(dmaload_job_wait(second, 1000, NULL, NULL),
			 -EINPROGRESS);
	/* The first one is still at the gate. */
	scene_check_failure(&scenery.scene, scenery_wait(&scenery, second), -ETIME,
			    "deadline passed after 0 of 20000");
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

/* Until the context's thread waits for the stream, and uses nothing else. */
static void wait_for_stall(void)
{
	const struct timespec a_while = { .tv_nsec = 5000000 };

	do {
		nanosleep(&a_while, NULL);
	} while (fake_count(FAKE_WAIT_READABLE) == 0);
	nanosleep(&a_while, NULL);
}

/* A stream that brings nothing, and nobody who would wait for ever. */
static void stopped_while_it_stalls(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *job;
	int how;

	(void)state;
	for (how = 0; how < 4; how++) {
		scenery_make(&scenery);
		scene->nodes[1]->stalls = FAKE_FOREVER;
		job = scenery_submit(&scenery, 2, NULL);
		wait_for_stall();
		if (how == 0) {
			dmaload_job_cancel(job);
		} else if (how == 1) {
			/* The caller's memory is his again, and not before. */
			dmaload_buffer_destroy(scene->buffers[2]);
		} else if (how == 2) {
			dmaload_ctx_destroy(scene->ctx);
			scene->ctx = NULL;
		} else {
			dmaload_job_destroy(job);
			job = NULL;
		}
		if (job)
			assert_int_equal(scenery_wait(&scenery, job), -ECANCELED);
		assert_int_equal(scene->nodes[1]->came, 0);
		fake_check_quiet();
		if (how == 1)
			assert_int_equal(dmaload_buffer_from_memory(
				&scene->buffers[2], scene->views[2], 64 << 10,
				NULL), 0);
		dmaload_job_destroy(job);
		scenery_drop(&scenery);
	}
}

/* Nor does a job that waits for its turn behind one that stalls. */
static void expelled_from_the_queue(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range ranges[2];
	struct dmaload_job *first, *second;

	(void)state;
	scenery_make(&scenery);
	scenery.ranges[2].buffer = scene->buffers[1];
	scene->nodes[1]->stalls = FAKE_FOREVER;
	ranges[0] = scene_range(scene, 0, 0, 2, 0, 10000);
	ranges[1] = scene_range(scene, 0, 0, 1, 0, 10000);
	first = scenery_submit(&scenery, 2, NULL);
	wait_for_stall();
	second = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	dmaload_buffer_destroy(scene->buffers[2]);
	assert_int_equal(dmaload_job_wait(second, 0, NULL, NULL), -ECANCELED);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), -EINPROGRESS);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	assert_int_equal(dmaload_buffer_from_memory(&scene->buffers[2],
						    scene->views[2], 64 << 10,
						    NULL), 0);
	scenery_drop(&scenery);
}

/* However long a step of the first takes. */
static void expelled_behind_a_long_step(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *first, *second, *third;
	struct dmaload_range ranges[2];

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	ranges[0] = scene_range(scene, 0, 0, 2, 0, 10000);
	ranges[1] = scene_range(scene, 0, 0, 0, 0, 10000);
	second = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	ranges[0].buffer_offset = 20000;
	third = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	dmaload_buffer_destroy(scene->buffers[2]);
	assert_int_equal(dmaload_job_wait(second, 0, NULL, NULL), -ECANCELED);
	assert_int_equal(dmaload_job_wait(third, 0, NULL, NULL), -ECANCELED);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	dmaload_job_destroy(third);
	assert_int_equal(dmaload_buffer_from_memory(&scene->buffers[2],
						    scene->views[2], 64 << 10,
						    NULL), 0);
	scenery_drop(&scenery);
}

/* A stream of unknown length has filled its buffer, and does not end: others are not
 * kept from their deadlines, and it is not kept from its own end. */
static void a_stream_that_does_not_end(void **state)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct dmaload_options options = { .size = sizeof(options) };
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *first, *second;
	int tries, fd;

	(void)state;
	scenery_make(&scenery);
	scenery.ranges[3].buffer = scene->buffers[1];
	scenery.ranges[3].buffer_offset = 44000;
	scenery.ranges[2].length = DMALOAD_TO_END;
	scenery.ranges[2].buffer = scene->buffers[1];
	scenery.ranges[2].buffer_offset = (64 << 10) - 20000;
	scene->nodes[1]->stalls_after = 20000;
	first = scenery_submit(&scenery, 2, NULL);
	wait_for_stall();
	options.deadline_ns = sys_now() + 200000000;
	second = scenery_submit(&scenery, 3, &options);
	fd = dmaload_job_fd(second, NULL);
	for (tries = 0; tries < 5000 && !fake_node_of(fd)->raised; tries++)
		nanosleep(&ms, NULL);
	assert_true(fake_node_of(fd)->raised);
	assert_int_equal(dmaload_job_wait(second, 0, NULL, NULL), -ETIME);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), -EINPROGRESS);
	dmaload_job_cancel(first);
	assert_int_equal(scenery_wait(&scenery, first), -ECANCELED);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

static void the_context_is_destroyed(void **state)
{
	struct scenery scenery;
	struct dmaload_job *jobs[3];
	pthread_t thread;
	size_t index;
	int i;

	(void)state;
	scenery_make(&scenery);
	jobs[0] = scenery_hold(&scenery);
	jobs[1] = scenery_submit(&scenery, 3, NULL);
	jobs[2] = scenery_submit(&scenery, 4, &scenery.gated);
	thread = gate_open_later(&scenery.gate);
	dmaload_ctx_destroy(scenery.scene.ctx);
	scenery.scene.ctx = NULL;
	pthread_join(thread, NULL);
	/* The handles stay valid. */
	for (i = 0; i < 3; i++) {
		assert_int_equal(scenery_wait(&scenery, jobs[i]), -ECANCELED);
		assert_int_equal(dmaload_job_next_range(jobs[i], &index),
				 -ENODATA);
		assert_true(fake_node_of(dmaload_job_fd(jobs[i], NULL))->raised);
		dmaload_job_cancel(jobs[i]);
		dmaload_job_destroy(jobs[i]);
	}
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(canceled_before_and_after),
		SCENE_TEST(deadlines_in_the_queue),
		SCENE_TEST(stopped_while_it_stalls),
		SCENE_TEST(expelled_from_the_queue),
		SCENE_TEST(expelled_behind_a_long_step),
		SCENE_TEST(a_stream_that_does_not_end),
		SCENE_TEST(the_context_is_destroyed),
	};

	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
