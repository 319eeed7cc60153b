/* SPDX-License-Identifier: MIT */
/* A job has claims against other contexts, and keeps its objects until its end. */
#include <errno.h>

#include "gate.h"
#include "model.h"

/* Submit a job to another context. It must be refused. */
static void refused(struct scenery *scenery, struct dmaload_ctx *other,
		    enum dmaload_operation operation,
		    const struct dmaload_range *range, const char *message)
{
	struct dmaload_job *job;

	scene_prepare(&scenery->scene);
	scene_check_failure(&scenery->scene,
			    dmaload_submit(&job, other, operation, range, 1,
					   NULL, &scenery->scene.err),
			    -EBUSY, message);
}

/* A job that writes is alone with its bytes; one that reads is not. */
static void claims(void **state)
{
	struct scenery scenery;
	struct dmaload_range range;
	struct dmaload_ctx *other;
	struct dmaload_job *jobs[2];
	struct scene *scene = &scenery.scene;

	(void)state;
	scenery_make(&scenery);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	jobs[0] = scenery_hold(&scenery);
	range = scene_range(scene, 0, 0, 0, 49999, 1);
	refused(&scenery, other, DMALOAD_LOAD, &range, "byte 49999 of the system");
	refused(&scenery, other, DMALOAD_STORE, &range, "byte 49999 of the system");
	refused(&scenery, other, DMALOAD_VERIFY, &range,
		"byte 49999 of the system");
	/* The file is read, and others may read it. */
	range = scene_range(scene, 0, 0, 1, 0, 1000);
	refused(&scenery, other, DMALOAD_STORE, &range, "is being read by");
	assert_int_equal(dmaload_load(other, &range, 1, NULL, NULL, NULL), 0);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, jobs[0]), 0);
	dmaload_job_destroy(jobs[0]);
	/* A stream serves one. */
	scene->nodes[1]->stalls = FAKE_FOREVER;
	jobs[0] = scenery_submit(&scenery, 2, NULL);
	range = scene_range(scene, 1, 20000, 1, 0, 1000);
	refused(&scenery, other, DMALOAD_LOAD, &range, "is being read by another");
	/* But in its own context another waits for it. */
	jobs[1] = gate_submit(scene, DMALOAD_LOAD, &range, 1, NULL);
	assert_int_equal(dmaload_job_wait(jobs[1], 0, NULL, NULL), -EINPROGRESS);
	scene->nodes[1]->stalls = 0;
	assert_int_equal(scenery_wait(&scenery, jobs[0]), 0);
	assert_int_equal(scenery_wait(&scenery, jobs[1]), 0);
	dmaload_job_destroy(jobs[0]);
	dmaload_job_destroy(jobs[1]);
	dmaload_ctx_destroy(other);
	scenery_drop(&scenery);
}

/* Another context is refused, even if it has opened the file again. */
static void another_context(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_file *again;
	struct dmaload_ctx *other;
	struct dmaload_range range;
	struct dmaload_job *job;

	(void)state;
	scenery_make(&scenery);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	assert_int_equal(dmaload_file_create(&again, scene->nodes[0]->path, 0,
					     NULL), 0);
	/* It reads bytes 0 to 49999. */
	job = scenery_hold(&scenery);
	range = scene_range(scene, 0, 49999, 1, 0, 1);
	range.file = again;
	refused(&scenery, other, DMALOAD_STORE, &range,
		"is being read by another");
	range.file_offset++;
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, job), 0);
	dmaload_job_destroy(job);
	scene_prepare(scene);
	assert_int_equal(dmaload_store(other, &range, 1, NULL, NULL,
				       &scene->err), 0);
	dmaload_file_close(again);
	dmaload_ctx_destroy(other);
	scenery_drop(&scenery);
}

/* Files and buffers may go at once; they are gone when the job is. */
static void kept_until_the_end(void **state)
{
	struct scenery scenery;
	struct scene *scene = &scenery.scene;
	struct dmaload_job *first, *second;
	struct dmaload_range ranges[2];
	unsigned fds;

	(void)state;
	scenery_make(&scenery);
	first = scenery_hold(&scenery);
	ranges[0] = scenery.ranges[1];
	ranges[1] = scenery.ranges[3];
	second = gate_submit(scene, DMALOAD_LOAD, ranges, 2, NULL);
	fds = fake_library_fds();
	dmaload_file_close(scene->files[0]);
	dmaload_buffer_destroy(scene->buffers[1]);
	assert_int_equal(fake_library_fds(), fds);
	gate_open(&scenery.gate);
	assert_int_equal(scenery_wait(&scenery, second), 0);
	assert_memory_equal(scene->views[1], scene->nodes[0]->bytes + 7, 50000);
	/* Two of the file, one of the buffer, and the job's own are closed. */
	assert_true(fake_library_fds() <= fds - 3);
	dmaload_job_destroy(first);
	dmaload_job_destroy(second);
	assert_int_equal(dmaload_file_create(&scene->files[0],
					     scene->nodes[0]->path, 0, NULL), 0);
	assert_int_equal(dmaload_buffer_create(&scene->buffers[1], "memfd",
					       4096, NULL), 0);
	scenery_drop(&scenery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(claims),
		SCENE_TEST(another_context),
		SCENE_TEST(kept_until_the_end),
	};

	return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
