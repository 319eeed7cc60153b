/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <errno.h>
#include <pthread.h>
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

struct dmaload_job *gate_submit(struct crowd *crowd,
				enum dmaload_operation operation,
				const struct dmaload_range *ranges,
				size_t count,
				const struct dmaload_options *options)
{
	struct dmaload_job *job;

	crowd_prepare(crowd);
	if (dmaload_submit(&job, crowd->ctx, operation, ranges, count, options,
			   &crowd->err) != 0)
		fail_msg("%s", crowd->err.message);
	assert_int_equal(crowd->err.code, 0);
	return job;
}
