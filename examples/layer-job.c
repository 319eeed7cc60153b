/* SPDX-License-Identifier: MIT */
/*
 * Submits the job. Receives a plan; hands on buffers, and a job that fills
 * them. Always: range i of the job is tensor i of the plan, and its priority is
 * the layer.
 */
#include "layer-job.h"

#include <stdlib.h>
#include <string.h>

int layer_job_max(uint64_t *max, const char *source, const char *path)
{
	const struct dmaload_source *one;
	struct dmaload_sources *sources;
	struct dmaload_error err;
	size_t i;

	if (dmaload_sources_create(&sources, 1, &err) < 0)
		return complain(path, "%s", err.message);
	/* A name without "heap:" is a heap, too; only memory limits heaps. */
	*max = UINT64_MAX;
	for (i = 0; (one = dmaload_sources_get(sources, i)); i++)
		if (source ? strcmp(source, one->name) == 0 : one->recommended)
			*max = one->max_bytes;
	dmaload_sources_destroy(sources);
	return 0;
}

static int make_buffers(struct layer_job *job, const char *source)
{
	const struct layer_plan *plan = &job->plan;
	struct dmaload_error err;
	size_t i;

	job->buffers = calloc(plan->n_buffers, sizeof(*job->buffers));
	if (!job->buffers)
		return complain(job->path, "no memory for %zu buffers",
				plan->n_buffers);
	for (i = 0; i < plan->n_buffers; i++)
		if (dmaload_buffer_create(&job->buffers[i], source,
					  plan->sizes[i], &err) < 0)
			return complain(job->path, "%s", err.message);
	return 0;
}

static void make_ranges(const struct layer_job *job,
			struct dmaload_range *ranges)
{
	const struct layer_tensor *place = job->plan.tensors;
	size_t i;

	for (i = 0; i < job->plan.n_tensors; i++, place++)
		ranges[i] = (struct dmaload_range){
			.file = job->model->files[place->tensor->file],
			.file_offset = place->tensor->file_offset,
			.buffer = job->buffers[place->buffer],
			.buffer_offset = place->offset,
			.length = place->tensor->bytes,
			.priority = (uint32_t)place->layer,
		};
}

int layer_job_submit(struct layer_job *job, const char *source)
{
	struct dmaload_options options = {
		.size = sizeof(options),
		.flags = DMALOAD_RANGE_EVENTS,
	};
	const size_t count = job->plan.n_tensors;
	struct dmaload_range *ranges;
	struct dmaload_error err;
	int r;

	if (make_buffers(job, source) < 0)
		return -1;
	ranges = calloc(count, sizeof(*ranges));
	if (!ranges)
		return complain(job->path, "no memory for %zu ranges", count);
	make_ranges(job, ranges);
	r = dmaload_ctx_create(&job->ctx, NULL, &err);
	if (r == 0)
		r = dmaload_events_create(&job->events, job->ctx, &err);
	options.events = job->events;
	if (r == 0)
		r = dmaload_submit(NULL, job->ctx, DMALOAD_LOAD, ranges, count,
				   &options, &err);
	free(ranges);
	return r < 0 ? complain(job->path, "%s", err.message) : 0;
}

void layer_job_free(struct layer_job *job)
{
	size_t i;

	dmaload_events_destroy(job->events);
	for (i = 0; job->buffers && i < job->plan.n_buffers; i++)
		dmaload_buffer_destroy(job->buffers[i]);
	dmaload_ctx_destroy(job->ctx);
	free(job->buffers);
	layer_plan_free(&job->plan);
}
