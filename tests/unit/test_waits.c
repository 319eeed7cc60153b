/* SPDX-License-Identifier: MIT */
/* One load waits for a progress function, a device, or a file system that does not answer. The
 * other loads of the context go on, as long as there is a slot for them. */
#include <errno.h>
#include <sched.h>

#include "gate.h"
#include "model.h"

/* The job has all its bytes, and another one is where it was. */
static void expect_beside(struct scenery *scenery, struct dmaload_job *job,
			  struct dmaload_job *other)
{
	if (scenery_wait(scenery, job) != 0)
		fail_msg("%s", scenery->scene.err.message);
	assert_int_equal(dmaload_job_wait(other, 0, NULL, NULL), -EINPROGRESS);
}

/* It is the turn of the job at the gate for the slot that is free. */
static void a_progress_function(void **state)
{
	struct scenery scenery;
	struct dmaload_job *first, *second;
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	for (i = 0; i < 4; i++) {
		second = scenery_submit(&scenery, 1, NULL);
		expect_beside(&scenery, second, first);
		dmaload_job_destroy(second);
		gate_step(&scenery.gate);
	}
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	scene_check_ranges(&scenery.scene, scenery.ranges, 2, true);
	dmaload_job_destroy(first);
	scenery_drop(&scenery);
}

/* The job at the gate has several reads in flight, of which a short one has come. What it still
 * holds leaves room for a long one. */
static void a_progress_function_with_reads_in_flight(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range ranges[6];
	struct dmaload_job *first, *second;
	struct dmaload_options options;
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	scene_renew_ctx(scene, 8192, 0);
	/* Four short ones, and as many long ones as there is room for: 48 KiB in all. */
	for (i = 0; i < 4; i++)
		ranges[i] = scene_range(scene, 0, i * 20480, 1, i * 4096, 4096);
	ranges[4] = scene_range(scene, 0, 8192, 1, 16384, 49152);
	ranges[4].priority = 1;
	ranges[5] = scene_range(scene, 0, 7, 0, 0, 50000);
	options = scenery.gated;
	options.paths = DMALOAD_ALLOW_DIRECT;
	first = gate_submit(scene, DMALOAD_LOAD, ranges, 5, &options);
	gate_wait(&scenery.gate);
	second = gate_submit(scene, DMALOAD_LOAD, &ranges[5], 1, NULL);
	expect_beside(&scenery, second, first);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	scene_check_ranges(scene, ranges, 6, true);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

/* Until a call has been made so often. */
static void wait_for_calls(enum fake_call call, unsigned times)
{
	while (fake_count(call) < times)
		sched_yield();
}

static int set_once(const struct dmaload_progress *progress, void *data)
{
	bool **what = data;

	(void)progress;
	if (*what)
		fake_set(*what, true);
	*what = NULL;
	return 0;
}

/* A device uses the dma-buf when the bracket is opened for the second priority. */
static void a_device(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range ranges[3];
	bool *what;
	const struct dmaload_options options = {
		.size = sizeof(options), .progress = set_once,
		.progress_data = &what,
	};
	struct dmaload_job *first, *second;

	(void)state;
	scenery_make(&scenery);
	what = &scene->memories[0]->fenced;
	ranges[0] = scene_range(scene, 0, 0, 0, 0, 12000);
	ranges[1] = scene_range(scene, 0, 20000, 0, 12288, 30000);
	ranges[1].priority = 1;
	ranges[2] = scenery.ranges[1];
	first = gate_submit(scene, DMALOAD_LOAD, ranges, 2, &options);
	/* START, END, START. */
	wait_for_calls(FAKE_SYNC, 3);
	second = scenery_submit(&scenery, 1, NULL);
	expect_beside(&scenery, second, first);
	fake_set(&scene->memories[0]->fenced, false);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	scene_check_ranges(scene, ranges, 3, true);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

/* A buffered read does not return. */
static void a_file_system(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range ranges[4];
	struct dmaload_job *first, *second;
	struct fake_node *node;
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	node = scene_add_file(scene, 50000, 0);
	node->direct_error = -EINVAL;
	node->stuck_after = 1;
	ranges[0] = scene_range(scene, 2, 0, 0, 0, 4096);
	ranges[1] = scene_range(scene, 0, 0, 0, 8192, 12000);
	ranges[2] = scene_range(scene, 2, 8192, 0, 24576, 30000);
	ranges[3] = scenery.ranges[1];
	for (i = 0; i < 3; i++)
		ranges[i].priority = i;
	first = gate_submit(scene, DMALOAD_LOAD, ranges, 3, NULL);
	wait_for_calls(FAKE_READ_AT, 2);
	second = scenery_submit(&scenery, 1, NULL);
	expect_beside(&scenery, second, first);
	fake_set(&node->stuck, false);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	scene_check_ranges(scene, ranges, 4, true);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

static void expect_to_give_away(uint64_t length)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_range ranges[3];
	struct dmaload_job *first, *second;

	scenery_make(&scenery);
	ranges[0] = scene_range(scene, 0, 0, 0, 0, 4096);
	ranges[1] = scene_range(scene, 0, 20000, 0, 12288, length);
	ranges[1].priority = 1;
	ranges[2] = scenery.ranges[1];
	fake_set(&scene->nodes[0]->stuck, true);
	first = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	wait_for_calls(FAKE_READ, 1);
	fake_set(&scene->memories[0]->fenced, true);
	fake_set(&scene->nodes[0]->stuck, false);
	second = scenery_submit(&scenery, 1, NULL);
	expect_beside(&scenery, second, first);
	fake_set(&scene->memories[0]->fenced, false);
	assert_int_equal(scenery_wait(&scenery, first), 0);
	scene_check_ranges(scene, ranges, 3, true);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	scenery_drop(&scenery);
}

/* The same where one thread does both: it gives the job away that would wait. The other priority
 * has more to come, or all of it is in flight. */
static void a_device_of_one_of_many(void **state)
{
	(void)state;
	expect_to_give_away(30000);
	expect_to_give_away(4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_progress_function),
		SCENE_TEST(a_progress_function_with_reads_in_flight),
		SCENE_TEST(a_device),
		SCENE_TEST(a_file_system),
		SCENE_TEST(a_device_of_one_of_many),
	};

	return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
