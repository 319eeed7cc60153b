/* SPDX-License-Identifier: MIT */
/* Compares a layer with its file. Receives a complete layer; hands on the first
 * difference. */
#include "compare.h"
#include "layer-job.h"

static int compare_tensor(const struct layer_job *job,
			  const struct layer_tensor *place)
{
	const struct dmaload_tensor *tensor = place->tensor;
	const char *map = dmaload_buffer_map(job->buffers[place->buffer]);

	return compare_with_file(&(struct loaded){
		.tensor = tensor,
		.file_offset = tensor->file_offset,
		.length = tensor->bytes,
		.bytes = map + place->offset,
	}, job->model, job->path);
}

/* No bracket: the load has ended its own, and other layers of the buffer may
 * still be loading. See dmaload_job_next_range(3). */
int layer_verify(const struct layer_job *job, const struct layer *layer)
{
	const struct layer_tensor *place = &job->plan.tensors[layer->tensor];
	const struct layer_tensor *end = &job->plan.tensors[layer->tensor_end];
	int r = 0;

	for (; r == 0 && place < end; place++)
		r = compare_tensor(job, place);
	return r;
}
