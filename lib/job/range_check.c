/* SPDX-License-Identifier: MIT */
/* A range of the caller, by itself: its file, its buffer and its bounds. */
#include "job/ranges.h"

#include <errno.h>
#include <inttypes.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "load/load.h"
#include "sys/error.h"

/* Resolve the length of a range if it is DMALOAD_TO_END. */
static int resolve(struct load *load, const struct dmaload_range *range,
		   uint64_t *length)
{
	const struct dmaload_file *file = range->file;
	const struct dmaload_buffer *buffer = range->buffer;
	const bool to_end = range->length == DMALOAD_TO_END;

	*length = range->length;
	if (to_end && file->stream && load_redirects(load)) {
		*length = INT64_MAX - range->file_offset;
		load->open_ended = true;
	} else if (to_end && (load->request.operation == DMALOAD_STORE || file->stream)) {
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

static int check_writable(struct load *load, const struct dmaload_buffer *buffer)
{
	if (load->request.operation != DMALOAD_LOAD || buffer->writable)
		return 0;
	return fail(load->err, -EROFS, "the %s buffer is read-only: ask its "
		    "exporter for a dma-buf with O_RDWR", buffer->label);
}

/* A transform writes to its part of a buffer, whatever the range's length. */
static int check_part(struct load *load, const struct dmaload_range *range,
		      uint64_t *part)
{
	const struct dmaload_buffer *buffer = range->buffer;

	*part = 0;
	if (!buffer && (range->buffer_offset != 0 || range->buffer_length != 0))
		return fail(load->err, -EINVAL, "a range without a buffer has "
			    "an offset or a length in it");
	if (!buffer)
		return 0;
	if (range->buffer_offset >= buffer->size ||
	    range->buffer_length > buffer->size - range->buffer_offset)
		return fail(load->err, -ENOSPC, "the %s buffer has %" PRIu64
			    " bytes: %" PRIu64 " at offset %" PRIu64 " do not "
			    "fit", buffer->label, buffer->size,
			    range->buffer_length, range->buffer_offset);
	*part = range->buffer_length != 0 ? range->buffer_length :
					   buffer->size - range->buffer_offset;
	return check_writable(load, buffer);
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
	return check_writable(load, buffer);
}

static int check_form(struct load *load, const struct dmaload_range *range)
{
	const bool transforms = load_redirects(load);

	if (!range->file || (!range->buffer && !transforms) || range->length == 0)
		return fail(load->err, -EINVAL, "a range needs a file, a buffer "
			    "and a length of at least 1");
	if (range->reserved != 0)
		return fail(load->err, -EINVAL, "a range's reserved member is "
			    "not 0");
	if (range->buffer_length != 0 && !transforms)
		return fail(load->err, -EINVAL, "a range has a length in its "
			    "buffer, which is only for a transform that writes "
			    "to it");
	return 0;
}

int range_check(struct load *load, const struct dmaload_range *range,
		struct request_range *request_range)
{
	const uint64_t lead = range->buffer ? range->buffer->lead : 0;
	uint64_t length, part;
	int r;

	r = check_form(load, range);
	if (r == 0)
		r = resolve(load, range, &length);
	if (r < 0)
		return r;
	r = check_file(load, range, length);
	part = length;
	if (r == 0)
		r = load_redirects(load) ?
			check_part(load, range, &part) :
			check_buffer(load, range, length);
	*request_range = (struct request_range){
		.file_offset = range->file_offset,
		.buffer_offset = lead + range->buffer_offset,
		.length = length,
		.buffer_length = part,
		.priority = range->priority,
	};
	return r;
}
