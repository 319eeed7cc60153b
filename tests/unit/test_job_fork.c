/* SPDX-License-Identifier: MIT */
/* A job in a child of fork(), which has no threads. */
#include <errno.h>

#include "gate.h"
#include "job_scene.h"
#include "model.h"

/* In a child of fork() nothing works, nothing waits, and nothing is freed. */
static void in_a_child(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_job *job, *other;
	struct dmaload_range range;
	struct scene scene;
	uint64_t length;
	size_t index;

	(void)state;
	make(&scene);
	scene_add_stream(&scene, FAKE_PIPE, 100);
	range = scene_range(&scene, 0, 0, 0, 0, 1000);
	job = gate_submit(&scene, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(wait_for(&scene, job), 0);
	fake.pid = 99999;
	scene_expect_failure(&scene, &range, 1, -ECHILD,
			     "create one after fork()");
	assert_int_equal(dmaload_store(scene.ctx, &range, 1, NULL, NULL, NULL),
			 -ECHILD);
	assert_int_equal(dmaload_submit(&other, scene.ctx, DMALOAD_LOAD, &range,
					1, NULL, NULL), -ECHILD);
	assert_int_equal(dmaload_load_stream(&buffer, &length, scene.ctx,
					     scene.files[2], NULL, 0, 0, NULL,
					     NULL, NULL), -ECHILD);
	assert_int_equal(wait_for(&scene, job), -ECHILD);
	assert_int_equal(dmaload_job_next_range(job, &index), -ECHILD);
	assert_int_equal(dmaload_job_fd(job, NULL), -ECHILD);
	dmaload_job_cancel(job);
	dmaload_job_destroy(job);
	dmaload_ctx_destroy(scene.ctx);
	fake.pid = 0;
	assert_int_equal(wait_for(&scene, job), 0);
	dmaload_job_destroy(job);
	scene_expect_load(&scene, &range, 1);
	scene_drop(&scene);
}

/* A stream that the parent was reading when it forked is no longer taken in the child:
 * there nobody would ever let it go. */
static void a_stream_in_a_child(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *job, *others;
	struct dmaload_range range;
	struct dmaload_ctx *other;

	(void)state;
	scenery_make(&scenery);
	job = scenery_submit(&scenery, 2, &scenery.gated);
	gate_wait(&scenery.gate);
	range = scene_range(scene, 1, 25000, 1, 0, 1000);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	scene_check_failure(scene, dmaload_submit(&others, other, DMALOAD_LOAD,
			    &range, 1, NULL, &scene->err), -EBUSY,
			    "read by another load");
	dmaload_ctx_destroy(other);
	fake.pid = 99999;
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	scene_prepare(scene);
	if (dmaload_submit(&others, other, DMALOAD_LOAD, &range, 1, NULL,
			   &scene->err) != 0)
		fail_msg("%s", scene->err.message);
	assert_int_equal(dmaload_job_wait(others, DMALOAD_FOREVER, NULL, NULL),
			 0);
	dmaload_job_destroy(others);
	dmaload_ctx_destroy(other);
	fake.pid = 0;
	/* The model has one stream for both, so this one has lost its bytes. */
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, job), -EINVAL);
	dmaload_job_destroy(job);
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(in_a_child),
		SCENE_TEST(a_stream_in_a_child),
	};

	return cmocka_run_group_tests_name("job_fork", tests, NULL, NULL);
}
