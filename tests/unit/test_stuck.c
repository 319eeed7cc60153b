/* SPDX-License-Identifier: MIT */
/* A disk does not answer to one job. The others of the context go on while there is a slot, and
 * can be stopped while there is none. */
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

/* Until a call has been made so often. */
static void wait_for_calls(enum fake_call call, unsigned times)
{
	while (fake_count(call) < times)
		sched_yield();
}

/* A job that has a read of so many bytes in flight, of a third file, which is stuck. */
static struct dmaload_job *submit_stuck(struct scenery *scenery, uint64_t length)
{
	struct scene *scene = &scenery->scene;
	const unsigned reads = fake_count(FAKE_READ);
	struct dmaload_range range;
	struct dmaload_job *job;

	scene_add_file(scene, 50000, 0);
	fake_set(&scene->nodes[2]->stuck, true);
	range = scene_range(scene, 2, 0, 0, 0, length);
	job = gate_submit(scene, DMALOAD_LOAD, &range, 1, NULL);
	wait_for_calls(FAKE_READ, reads + (unsigned)(length + 4095) / 4096);
	return job;
}

static void end_stuck(struct scenery *scenery, struct dmaload_job *job)
{
	const struct scene *scene = &scenery->scene;

	assert_int_equal(dmaload_job_wait(job, 0, NULL, NULL), -EINPROGRESS);
	fake_set(&scene->nodes[2]->stuck, false);
	assert_int_equal(scenery_wait(scenery, job), 0);
	assert_memory_equal(scene->views[0], scene->nodes[2]->bytes, 4096);
	dmaload_job_destroy(job);
	scenery_drop(scenery);
}

/* There is a slot left. */
static void a_disk(void **state)
{
	struct scenery scenery;
	struct dmaload_job *first, *second;
	unsigned i;

	(void)state;
	scenery_make(&scenery);
	first = submit_stuck(&scenery, 4096);
	for (i = 0; i < 3; i++) {
		second = scenery_submit(&scenery, 1, NULL);
		expect_beside(&scenery, second, first);
		dmaload_job_destroy(second);
	}
	end_stuck(&scenery, first);
}

/* There is none left, but a job that has nothing in flight can be stopped. */
static void a_disk_that_has_all_slots(void **state)
{
	struct dmaload_options late = { .size = sizeof(late) };
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *first, *jobs[3];
	struct dmaload_range range;

	(void)state;
	scenery_make(&scenery);
	first = submit_stuck(&scenery, 8192);
	jobs[0] = scenery_submit(&scenery, 1, NULL);
	range = scene_range(scene, 0, 0, 2, 0, 10000);
	jobs[1] = gate_submit(scene, DMALOAD_LOAD, &range, 1, NULL);
	range.buffer = scene->buffers[1];
	range.buffer_offset = 50000;
	late.deadline_ns = sys_now() + 1000000;
	jobs[2] = gate_submit(scene, DMALOAD_LOAD, &range, 1, &late);
	scene_check_failure(scene, scenery_wait(&scenery, jobs[2]), -ETIME,
			    "after 0 of 10000");
	dmaload_job_cancel(jobs[0]);
	assert_int_equal(scenery_wait(&scenery, jobs[0]), -ECANCELED);
	dmaload_buffer_destroy(scene->buffers[2]);
	assert_int_equal(dmaload_job_wait(jobs[1], 0, NULL, NULL), -ECANCELED);
	assert_int_equal(dmaload_buffer_from_memory(&scene->buffers[2],
						    scene->views[2], 64 << 10,
						    NULL), 0);
	dmaload_job_destroy(jobs[0]);
	dmaload_job_destroy(jobs[1]);
	dmaload_job_destroy(jobs[2]);
	end_stuck(&scenery, first);
}

/* Another thread gives a slot back while the one that does many jobs waits for its ring. */
static void a_slot_of_another_thread(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *first, *second, *third;
	unsigned reads, waits;

	(void)state;
	scenery_make(&scenery);
	first = submit_stuck(&scenery, 4096);
	fake_set(&scene->nodes[0]->stuck, true);
	gate_open(&scenery.gate);
	reads = fake_count(FAKE_READ);
	second = scenery_submit(&scenery, 3, &scenery.gated);
	wait_for_calls(FAKE_READ, reads + 1);
	waits = fake_count(FAKE_RING_SUBMIT);
	third = scenery_submit(&scenery, 1, NULL);
	/* It has looked for a slot, and there is none. */
	wait_for_calls(FAKE_RING_SUBMIT, waits + 1);
	fake_set(&scene->nodes[0]->stuck, false);
	expect_beside(&scenery, third, first);
	assert_int_equal(scenery_wait(&scenery, second), 0);
	dmaload_job_destroy(second);
	dmaload_job_destroy(third);
	end_stuck(&scenery, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_disk),
		SCENE_TEST(a_disk_that_has_all_slots),
		SCENE_TEST(a_slot_of_another_thread),
	};

	return cmocka_run_group_tests_name("stuck", tests, NULL, NULL);
}
