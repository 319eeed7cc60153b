/* SPDX-License-Identifier: MIT */
/* Several jobs: in which order they run, and who waits for whom. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "gate.h"

/* All want the same bytes: each begins when the one before has ended. */
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
		ranges[i] = scene_range(&scenery.scene, 0, i * 1000, 0,
					i * 2000, 9000);
		jobs[i] = gate_submit(&scenery.scene, DMALOAD_LOAD, &ranges[i],
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
		for (k = i + 1; k < 5; k++) {
			dmaload_job_progress(jobs[k], &progress);
			assert_int_equal(progress.bytes_done, 0);
		}
		while (i < 4 && dmaload_job_wait(jobs[i], 0, NULL, NULL) != 0)
			gate_step(&scenery.gate);
	}
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, jobs[4]), 0);
	assert_true(scenery.scene.report.queued_ns > 0);
	for (i = 0; i < 4; i++)
		ranges[i].length = 2000;
	scene_check_ranges(&scenery.scene, ranges, 5, true);
	for (i = 0; i < 5; i++)
		dmaload_job_destroy(jobs[i]);
	scenery_drop(&scenery);
}

/* Load, compare, store and load anew, all submitted at once, of the same bytes. */
static void in_order_whatever_they_do(void **state)
{
	static const enum dmaload_operation operations[] = {
		DMALOAD_LOAD, DMALOAD_VERIFY, DMALOAD_STORE, DMALOAD_LOAD,
		DMALOAD_VERIFY,
	};
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *jobs[5];
	struct dmaload_range ranges[5];
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	ranges[0] = ranges[1] = scene_range(scene, 0, 0, 0, 0, 20000);
	ranges[2] = scene_range(scene, 0, 50000, 0, 0, 20000);
	ranges[3] = ranges[4] = scene_range(scene, 0, 50007, 0, 7, 19000);
	for (i = 0; i < 5; i++)
		jobs[i] = gate_submit(scene, operations[i], &ranges[i], 1, NULL);
	for (i = 0; i < 5; i++)
		if (scenery_wait(&scenery, jobs[i]) != 0)
			fail_msg("job %u: %s", i, scene->err.message);
	assert_memory_equal(scene->views[0], scene->nodes[0]->bytes, 20000);
	assert_memory_equal(scene->nodes[0]->bytes + 50000, scene->views[0],
			    20000);
	for (i = 0; i < 5; i++)
		dmaload_job_destroy(jobs[i]);
	scenery_drop(&scenery);
}

/* Brackets for reading and for writing of one dma-buf exclude each other, across contexts
 * too, although the bytes are others. The model traps where both are open. */
static void readers_and_writers_of_one_dma_buf(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_ctx *other;
	struct dmaload_job *first, *reader, *writer;
	struct dmaload_range range, further;

	(void)state;
	scenery_make(&scenery);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	range = scene_range(scene, 0, 0, 0, 60000, 4000);
	further = scene_range(scene, 0, 4000, 0, 55000, 4000);
	memcpy(scene->views[0] + 60000, scene->nodes[0]->bytes, 4000);
	first = scenery_hold(&scenery);
	assert_int_equal(dmaload_submit(&reader, other, DMALOAD_VERIFY, &range,
					1, NULL, NULL), 0);
	/* Behind the reader, since it came later. */
	writer = gate_submit(scene, DMALOAD_LOAD, &further, 1, NULL);
	assert_int_equal(dmaload_job_wait(reader, 0, NULL, NULL), -EINPROGRESS);
	assert_int_equal(dmaload_job_wait(writer, 0, NULL, NULL), -EINPROGRESS);
	assert_int_equal(scene->memories[0]->reading, 0);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	assert_int_equal(scenery_wait(&scenery, reader), 0);
	assert_int_equal(scenery_wait(&scenery, writer), 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(reader);
	dmaload_job_destroy(writer);
	dmaload_ctx_destroy(other);
	scenery_drop(&scenery);
}

/* Jobs that are in nobody's way go on beside one that is held. */
static void beside_each_other(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *first, *jobs[20];
	struct dmaload_range ranges[20];
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	scene->nodes[1]->stalls = FAKE_FOREVER;
	first = scenery_submit(&scenery, 2, NULL);
	for (i = 0; i < 20; i++) {
		ranges[i] = scene_range(scene, 0, i * 4096, i % 2,
					i * 3000, 2500);
		jobs[i] = gate_submit(scene, DMALOAD_LOAD, &ranges[i], 1, NULL);
	}
	for (i = 0; i < 20; i++)
		assert_int_equal(scenery_wait(&scenery, jobs[i]), 0);
	assert_int_equal(dmaload_job_wait(first, 0, NULL, NULL), -EINPROGRESS);
	scene_check_ranges(scene, ranges, 20, true);
	for (i = 0; i < 20; i++)
		dmaload_job_destroy(jobs[i]);
	dmaload_job_destroy(first);
	scenery_drop(&scenery);
}

static void *load_here(void *data)
{
	struct scenery *scenery = data;
	int r;

	r = dmaload_load(scenery->scene.ctx, &scenery->ranges[3], 1, NULL, NULL,
			 NULL);
	return r == 0 ? NULL : data;
}

/* A blocking call waits for the same reasons. */
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
	scenery.ranges[0].length = 40000;
	scenery.ranges[1] = scenery.ranges[3];
	scene_check_ranges(&scenery.scene, scenery.ranges, 2, true);
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
	caller->loaded = dmaload_load(scenery->scene.ctx, &scenery->ranges[2], 1,
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
	/* It waits for the first one. */
	caller.job = scenery_submit(&scenery, 3, &options);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, caller.job), 0);
	assert_int_equal(caller.waited, -EDEADLK);
	assert_int_equal(caller.loaded, -EDEADLK);
	assert_int_equal(scenery.scene.nodes[1]->came, 0);
	dmaload_job_destroy(first);
	dmaload_job_destroy(caller.job);
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(one_after_the_other),
		SCENE_TEST(in_order_whatever_they_do),
		SCENE_TEST(readers_and_writers_of_one_dma_buf),
		SCENE_TEST(beside_each_other),
		SCENE_TEST(a_blocking_call_takes_its_turn),
		SCENE_TEST(a_progress_function_cannot_wait),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
