/* SPDX-License-Identifier: MIT */
/*
 * Compares a layer with its file. Receives a complete layer; hands on the first
 * difference. Always: the CPU reads the buffers inside a bracket.
 */
#include <unistd.h>

#include "compare.h"
#include "layer-job.h"

static int compare_tensor(const struct layer_job *job,
			  const struct layer_tensor *place)
{
	const struct tensor *tensor = place->tensor;
	const char *map = dmaload_buffer_map(job->buffers[place->buffer]);
	const int fd = compare_open(job->model, tensor->part, job->path);
	int r;

	if (fd < 0)
		return -1;
	r = compare_with_file(&(struct loaded){
		.tensor = tensor,
		.file_offset = tensor->file_offset,
		.length = tensor->bytes,
		.bytes = map + place->offset,
	}, fd, job->path);
	close(fd);
	return r;
}

int layer_verify(const struct layer_job *job, const struct layer *layer)
{
	const struct layer_tensor *place = &job->plan.tensors[layer->tensor];
	const struct layer_tensor *end = &job->plan.tensors[layer->tensor_end];
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	size_t i;
	int r = 0;

	for (i = layer->buffer; r == 0 && i < layer->buffer_end; i++) {
		buffer = job->buffers[i];
		/* The bracket is for bytes that a device has written meanwhile. */
		if (dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) < 0)
			return complain(job->path, "%s", err.message);
		for (; r == 0 && place < end && place->buffer == i; place++)
			r = compare_tensor(job, place);
		if (dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err) < 0)
			return complain(job->path, "%s", err.message);
	}
	return r;
}
