/* SPDX-License-Identifier: MIT */
/*
 * Compares a layer with its file. Receives a layer that is complete; hands on
 * the first difference. Always: pread(2) reads the file, and not the library.
 */
#include "layer-job.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int compare_bytes(const struct tensor *tensor, const char *loaded,
			 int fd, const char *path)
{
	static char bytes[1 << 16];
	uint64_t done;
	size_t length;
	ssize_t n;

	for (done = 0; done < tensor->bytes; done += (uint64_t)n) {
		length = sizeof(bytes);
		if (length > tensor->bytes - done)
			length = (size_t)(tensor->bytes - done);
		n = pread(fd, bytes, length,
			  (off_t)(tensor->file_offset + done));
		if (n < 0)
			return complain(path, "%s", strerror(errno));
		if (n == 0)
			return complain(path, "has become shorter");
		if (memcmp(loaded + done, bytes, (size_t)n) != 0)
			return complain(path, "tensor \"%s\" differs from "
					"what was loaded",
					name_start(tensor->name).text);
	}
	return 0;
}

static int compare_tensor(const struct layer_job *job,
			  const struct layer_tensor *place)
{
	const char *map = dmaload_buffer_map(job->buffers[place->buffer]);
	const char *path = job->model->parts.count == 0 ? job->path :
			   job->model->parts.paths[place->tensor->part];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return complain(path, "%s", strerror(errno));
	/* No readahead: what follows is for the job to read. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	r = compare_bytes(place->tensor, map + place->offset, fd, path);
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
		/* Outside of the bracket the CPU might see what its caches
		 * hold. */
		if (dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ, &err) < 0)
			return complain(job->path, "%s", err.message);
		for (; r == 0 && place < end && place->buffer == i; place++)
			r = compare_tensor(job, place);
		if (dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, &err) < 0)
			return complain(job->path, "%s", err.message);
	}
	return r;
}
