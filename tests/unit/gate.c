/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

static int pass(const struct dmaload_progress *progress, void *data)
{
	struct gate *gate = data;

	if (gate->open)
		return 0;
	gate->progress = *progress;
	sem_post(&gate->arrived);
	while (sem_wait(&gate->go) < 0 && errno == EINTR)
		;
	return 0;
}

void gate_make(struct gate *gate, struct dmaload_options *options)
{
	assert_int_equal(sem_init(&gate->arrived, 0, 0), 0);
	assert_int_equal(sem_init(&gate->go, 0, 0), 0);
	gate->open = false;
	options->size = sizeof(*options);
	options->progress = pass;
	options->progress_data = gate;
}

void gate_destroy(struct gate *gate)
{
	sem_destroy(&gate->arrived);
	sem_destroy(&gate->go);
}

void gate_wait(struct gate *gate)
{
	while (sem_wait(&gate->arrived) < 0 && errno == EINTR)
		;
}

void gate_step(struct gate *gate)
{
	sem_post(&gate->go);
	gate_wait(gate);
}

void gate_open(struct gate *gate)
{
	gate->open = true;
	sem_post(&gate->go);
}

static void *open_later(void *data)
{
	const struct timespec while_ = { .tv_nsec = 30000000 };

	nanosleep(&while_, NULL);
	gate_open(data);
	return NULL;
}

pthread_t gate_open_later(struct gate *gate)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, open_later, gate), 0);
	return thread;
}

struct dmaload_job *gate_submit(struct scene *scene,
				enum dmaload_operation operation,
				const struct dmaload_range *ranges,
				size_t count,
				const struct dmaload_options *options)
{
	struct dmaload_job *job;

	scene_prepare(scene);
	if (dmaload_submit(&job, scene->ctx, operation, ranges, count, options,
			   &scene->err) != 0)
		fail_msg("%s", scene->err.message);
	assert_int_equal(scene->err.code, 0);
	return job;
}

void scenery_make(struct scenery *scenery)
{
	struct scene *scene = &scenery->scene;

	memset(scenery, 0, sizeof(*scenery));
	scene_make_empty(scene, 4096, 2);
	scene_add_file(scene, 100000, 0);
	scene_add_stream(scene, FAKE_PIPE, 30000);
	scene_add_buffer(scene, "pfnmap", 64 << 10);
	scene_add_buffer(scene, "memfd", 64 << 10);
	scene_add_buffer(scene, "memory", 64 << 10);
	gate_make(&scenery->gate, &scenery->gated);
	scenery->ranges[0] = scene_range(scene, 0, 0, 0, 0, 50000);
	scenery->ranges[1] = scene_range(scene, 0, 7, 1, 0, 50000);
	scenery->ranges[2] = scene_range(scene, 1, 0, 2, 0, 20000);
	scenery->ranges[3] = scene_range(scene, 0, 60000, 0, 40000, 20000);
	scenery->ranges[4] = scene_range(scene, 1, 0, 0, 30000, 20000);
	scene_fill(scene);
}

void scenery_drop(struct scenery *scenery)
{
	gate_destroy(&scenery->gate);
	scene_drop(&scenery->scene);
	fake_check_balanced();
	fake_reset();
}

int scenery_wait(struct scenery *scenery, struct dmaload_job *job)
{
	scene_prepare(&scenery->scene);
	return dmaload_job_wait(job, DMALOAD_FOREVER, &scenery->scene.report,
				&scenery->scene.err);
}

struct dmaload_job *scenery_submit(struct scenery *scenery, unsigned range,
				   const struct dmaload_options *options)
{
	return gate_submit(&scenery->scene, DMALOAD_LOAD,
			   &scenery->ranges[range], 1, options);
}

struct dmaload_job *scenery_hold(struct scenery *scenery)
{
	struct dmaload_job *job = scenery_submit(scenery, 0, &scenery->gated);

	gate_wait(&scenery->gate);
	return job;
}
