/* SPDX-License-Identifier: MIT */
/*
 * A progress function at which the thread that does a job waits for the test's.
 */
#ifndef GATE_H
#define GATE_H

#include <semaphore.h>
#include <stdatomic.h>

#include "crowd.h"

struct gate {
	sem_t arrived;
	sem_t go;
	atomic_bool open;
	/* How far the job was when it came to the gate. */
	struct dmaload_progress progress;
};

void gate_make(struct gate *gate, struct dmaload_options *options);
void gate_destroy(struct gate *gate);

/* Until the job is at the gate. */
void gate_wait(struct gate *gate);
/* On to the next time, and until it is there. */
void gate_step(struct gate *gate);
/* On, and not to stop any more. */
void gate_open(struct gate *gate);
/* The same, in a while, by a thread that ends by itself; to be joined. */
pthread_t gate_open_later(struct gate *gate);

/* Submit, and it must succeed. */
struct dmaload_job *gate_submit(struct scene *scene,
				enum dmaload_operation operation,
				const struct dmaload_range *ranges,
				size_t count,
				const struct dmaload_options *options);

/* A context with a file, a stream and three buffers, and a gate. */
struct scenery {
	struct scene scene;
	struct gate gate;
	/* Stops at the gate. */
	struct dmaload_options gated;
	/* Ranges of the first buffer, of the second, and of the stream. Then
	 * two that want bytes of the first one, too, and so wait for it: from
	 * the file, and from the stream. */
	struct dmaload_range ranges[5];
};

void scenery_make(struct scenery *scenery);
void scenery_drop(struct scenery *scenery);
/* Load one of the ranges, in the background. */
struct dmaload_job *scenery_submit(struct scenery *scenery, unsigned range,
				   const struct dmaload_options *options);
/* The first job, held at the gate. */
struct dmaload_job *scenery_hold(struct scenery *scenery);
/* The result, with the report and the error. */
int scenery_wait(struct scenery *scenery, struct dmaload_job *job);

#endif
