/* SPDX-License-Identifier: MIT */
#include "job/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "job/ranges.h"
#include "job/claims.h"
#include "load/load.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/sys.h"

#define PATHS_ALL \
	(DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BOUNCE | DMALOAD_ALLOW_BUFFERED)

static int check_options(struct load *load,
			 const struct dmaload_options *options)
{
	/* A comparison must not change the buffer, so it cannot read in
	 * place. */
	const uint32_t usable = load->request.operation == DMALOAD_VERIFY ?
		PATHS_ALL & ~DMALOAD_ALLOW_DIRECT : PATHS_ALL;
	struct dmaload_options *checked = &load->request.options;

	checked->size = sizeof(*checked);
	if (options && !versioned_get(checked, sizeof(*checked), options))
		return fail(load->err, -EINVAL, "struct dmaload_options has a "
			    "size, or members, that this version does not know");
	if (checked->paths & ~PATHS_ALL)
		return fail(load->err, -EINVAL, "paths %#x has bits that name "
			    "no path to choose", checked->paths);
	if (checked->cache > DMALOAD_CACHE_KEEP || checked->reserved != 0 ||
	    (checked->flags & ~(DMALOAD_DURABLE | DMALOAD_URGENT |
				DMALOAD_RANGE_EVENTS)))
		return fail(load->err, -EINVAL, "cache %u, flags %#x or "
			    "reserved %u has a value that this version does not "
			    "know", checked->cache, checked->flags,
			    checked->reserved);
	if ((checked->flags & DMALOAD_RANGE_EVENTS) && !checked->events)
		return fail(load->err, -EINVAL, "DMALOAD_RANGE_EVENTS needs events "
			    "to report to");
	load->seat.ticket.urgent = checked->flags & DMALOAD_URGENT;
	checked->paths &= usable;
	if (checked->paths == 0)
		checked->paths = usable;
	if (checked->cache != DMALOAD_CACHE_KEEP || load->request.operation == DMALOAD_STORE)
		return 0;
	if (!(checked->paths & DMALOAD_ALLOW_BUFFERED))
		return fail(load->err, -EINVAL, "DMALOAD_CACHE_KEEP needs the "
			    "path buffered, which paths %#x excludes",
			    checked->paths);
	checked->paths = DMALOAD_ALLOW_BUFFERED;
	return 0;
}

/* Resolve the length of a range if it is DMALOAD_TO_END. */
static int resolve(struct load *load, const struct dmaload_range *range,
		   uint64_t *length)
{
	const struct dmaload_file *file = range->file;
	const struct dmaload_buffer *buffer = range->buffer;
	const bool to_end = range->length == DMALOAD_TO_END;

	*length = range->length;
	if (to_end && (load->request.operation == DMALOAD_STORE || file->stream)) {
		if (range->buffer_offset >= buffer->size)
			return fail(load->err, load->request.operation == DMALOAD_STORE ?
				    -ERANGE : -ENOSPC, "the %s buffer has %"
				    PRIu64 " bytes: there is nothing at offset %"
				    PRIu64, buffer->label, buffer->size,
				    range->buffer_offset);
		*length = buffer->size - range->buffer_offset;
		load->open_ended = file->stream;
	} else if (load->request.operation != DMALOAD_STORE && !file->stream) {
		const int r = file_resolve(file, range->file_offset, length,
					   load->err);

		if (r < 0)
			return r;
	}
	if (*length > UINT64_MAX - range->file_offset ||
	    *length > UINT64_MAX - range->buffer_offset)
		return fail(load->err, -EOVERFLOW, "offset and length %" PRIu64
			    " together exceed 64 bits", *length);
	return 0;
}

/* For streams and stores only: a file that is loaded ends before. */
static int check_offset(struct load *load, uint64_t offset, uint64_t length)
{
	if (offset <= INT64_MAX && length <= INT64_MAX - offset)
		return 0;
	return fail(load->err, -EOVERFLOW, "%" PRIu64 " bytes at offset %" PRIu64
		    " exceed the largest file offset", length, offset);
}

static int check_file(struct load *load, const struct dmaload_range *range,
		      uint64_t length)
{
	const struct dmaload_file *file = range->file;

	if (load->request.operation == DMALOAD_STORE) {
		if (!file->writable)
			return fail(load->err, -EBADF, "%s is not open for "
				    "writing", file->name);
		return check_offset(load, range->file_offset, length);
	}
	if (!file->readable)
		return fail(load->err, -EBADF, "%s is not open for reading",
			    file->name);
	if (file->stream && load->request.operation == DMALOAD_VERIFY)
		return fail(load->err, -ESPIPE, "cannot compare with %s: it is "
			    "a stream, which cannot be read again", file->name);
	if (file->stream)
		return check_offset(load, range->file_offset, length);
	return file_check_end(file, range->file_offset, length, load->err);
}

static int check_buffer(struct load *load, const struct dmaload_range *range,
			uint64_t length)
{
	const struct dmaload_buffer *buffer = range->buffer;

	if (range->buffer_offset + length > buffer->size)
		return fail(load->err, load->request.operation == DMALOAD_STORE ?
			    -ERANGE : -ENOSPC, "the %s buffer has %" PRIu64
			    " bytes: %" PRIu64 " at offset %" PRIu64 " do not "
			    "fit", buffer->label, buffer->size, length,
			    range->buffer_offset);
	if (load->request.operation == DMALOAD_LOAD && !buffer->writable)
		return fail(load->err, -EROFS, "the %s buffer is read-only: ask "
			    "its exporter for a dma-buf with O_RDWR",
			    buffer->label);
	return 0;
}

static int check_range(struct load *load, const struct dmaload_range *range,
		       struct request_range *request_range)
{
	uint64_t length;
	int r;

	if (!range->file || !range->buffer || range->length == 0)
		return fail(load->err, -EINVAL, "a range needs a file, a buffer "
			    "and a length of at least 1");
	if (range->reserved[0] || range->reserved[1] || range->reserved[2])
		return fail(load->err, -EINVAL, "a range's reserved members are "
			    "not 0");
	r = resolve(load, range, &length);
	if (r == 0)
		r = check_file(load, range, length);
	if (r == 0)
		r = check_buffer(load, range, length);
	*request_range = (struct request_range){
		.file_offset = range->file_offset,
		.buffer_offset = range->buffer->lead + range->buffer_offset,
		.length = length,
		.priority = range->priority,
	};
	return r;
}

static int check_ranges(struct load *load, const struct dmaload_range *ranges,
			size_t count)
{
	size_t i;
	int r = 0;

	load->request.ranges = calloc(count, sizeof(*load->request.ranges));
	load->request.n_ranges = count;
	if (!load->request.ranges)
		return fail(load->err, -ENOMEM, "no memory for %zu ranges",
			    count);
	for (i = 0; r == 0 && i < count; i++) {
		r = check_range(load, &ranges[i], &load->request.ranges[i]);
		load->request.ranges[i].index = i;
	}
	return r;
}

int request_check(struct load *load, const struct dmaload_range *ranges,
		  size_t count, const struct dmaload_options *options)
{
	int r;

	load->wake_fd = -1;
	load->seat.stats = &load->stats;
	stats_begin(&load->stats, load->request.operation == DMALOAD_STORE);
	if (!ranges || count == 0)
		return fail(load->err, -EINVAL, "no range: a call needs at least one");
	r = check_options(load, options);
	if (r == 0)
		r = check_ranges(load, ranges, count);
	if (r == 0)
		r = ranges_prepare(load, ranges);
	stats_requested(&load->stats, load->total, load->request.n_ranges);
	return r;
}

static bool has_stream(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_files; i++)
		if (load->files[i].file->stream)
			return true;
	return false;
}

int request_ref_all(struct load *load)
{
	uint32_t i;
	int r;

	if (has_stream(load)) {
		r = load->wake_fd = sys_event();
		if (r < 0)
			return fail(load->err, r, "cannot create an eventfd to "
				    "wait for a stream: %s", error_text(r));
	}
	r = claims_register(load, load->err);
	if (r < 0)
		return r;
	for (i = 0; i < load->n_buffers; i++)
		buffer_ref(load->buffers[i].buffer);
	for (i = 0; i < load->n_files; i++)
		file_ref(load->files[i].file);
	return 0;
}

void request_drop(struct load *load)
{
	uint32_t i;

	claims_drop(load);
	for (i = 0; i < load->n_buffers; i++)
		buffer_unref(load->buffers[i].buffer);
	for (i = 0; i < load->n_files; i++)
		file_unref(load->files[i].file);
	if (load->wake_fd >= 0)
		sys_close(load->wake_fd);
	load->wake_fd = -1;
}

void request_withdraw(struct load *load)
{
	request_drop(load);
	claims_wake();
}

void request_free(struct load *load)
{
	uint32_t i;

	if (load->wake_fd >= 0)
		sys_close(load->wake_fd);
	for (i = 0; i < load->n_buffers; i++)
		free(load->buffers[i].claim.intervals);
	for (i = 0; i < load->n_files; i++)
		free(load->files[i].claim.intervals);
	free(load->buffers);
	free(load->files);
	free(load->routes);
	free(load->levels);
	free(load->request.ranges);
}
