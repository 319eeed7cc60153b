/* SPDX-License-Identifier: MIT */
/* A progress function that holds a job until the test lets it go on. */
#ifndef GATE_H
#define GATE_H

#include <semaphore.h>
#include <stdatomic.h>

#include "scene.h"

struct gate {
	sem_t arrived;
	sem_t go;
	atomic_bool open;
	/* How far the job was when it came to the gate. */
	struct dmaload_progress progress;
};

void gate_make(struct gate *gate, struct dmaload_options *options);
void gate_destroy(struct gate *gate);

/* Wait until the job is at the gate. */
void gate_wait(struct gate *gate);
/* Let the job go on, and wait until it is at the gate again. */
void gate_step(struct gate *gate);
/* Let the job go on without further stops. */
void gate_open(struct gate *gate);
/* The same, after a while. Join the thread. */
pthread_t gate_open_later(struct gate *gate);

/* Submit a job. This must succeed. */
struct dmaload_job *gate_submit(struct scene *scene,
				enum dmaload_operation operation,
				const struct dmaload_range *ranges,
				size_t count,
				const struct dmaload_options *options);

/* A context with a file, a stream and three buffers, and a gate. */
struct scenery {
	struct scene scene;
	struct gate gate;
	/* A job with these options stops at the gate. */
	struct dmaload_options gated;
	/* From the file into the first and the second buffer, and from the
	 * stream into the third. The last two overlap the first one and so wait
	 * for it: from the file, and from the stream. */
	struct dmaload_range ranges[5];
};

void scenery_make(struct scenery *scenery);
void scenery_drop(struct scenery *scenery);
/* Load one of the ranges, in the background. */
struct dmaload_job *scenery_submit(struct scenery *scenery, unsigned range,
				   const struct dmaload_options *options);
/* Load the first range, and hold the job at the gate. */
struct dmaload_job *scenery_hold(struct scenery *scenery);
/* Return the result of a job. Its report and error are the scene's. */
int scenery_wait(struct scenery *scenery, struct dmaload_job *job);

#endif
