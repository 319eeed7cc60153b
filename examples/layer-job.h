/* SPDX-License-Identifier: MIT */
/* A job that loads a model, layer by layer. */
#ifndef LAYER_JOB_H
#define LAYER_JOB_H

#include "layer-plan.h"

struct layer_job {
	const struct model *model;
	const char *path; /* the path that opened the model */ struct layer_plan
	plan; /* The buffers of the plan, in its order; NULL before the job is
	 * submitted. */
	struct dmaload_buffer **buffers;
	struct dmaload_ctx *ctx;
	/* Where the job reports each tensor, and its end; it has no handle. */
	struct dmaload_events *events;
};

/* The functions that return int return 0, or -1 after a call of complain(). */

/* Find the largest buffer that a source allows; NULL is the recommended
 * source. */
int layer_job_max(uint64_t *max, const char *source, const char *path);
/* Allocate the buffers and submit the job. Set its model, path and plan before.
 * Free the job even after a failure. */
int layer_job_submit(struct layer_job *job, const char *source);
/* Compare a complete layer with its file, read by pread(2). */
int layer_verify(const struct layer_job *job, const struct layer *layer);
/* Cancel the job if it has not ended, and free everything but the model. */
void layer_job_free(struct layer_job *job);

#endif
