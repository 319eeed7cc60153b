/* SPDX-License-Identifier: MIT */
/*
 * A stream of unknown length, into a buffer that grows.
 *
 * A dma-buf has one size for life, so to grow is to allocate a larger one and
 * to copy. Doubling copies each byte once on average, and bounds what may be
 * left unused. Only reading on shows whether the stream has ended, so a byte of
 * it is read aside before a larger buffer is made for it.
 */
#include <dmaload/load.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "buffer/buffer.h"
#include "context/ctx.h"
#include "file/file.h"
#include "job/barrier.h"
#include "report/report.h"
#include "sys/error.h"
#include "sys/options.h"

#define HINT_DEFAULT ((uint64_t)16 << 20)

struct growth {
	struct dmaload_ctx *ctx;
	struct dmaload_file *stream;
	const char *source;
	uint64_t limit;
	/* As each load gets them: the caller's, or our own with a progress function that
	 * calls his. */
	const struct dmaload_options *options;
	struct dmaload_options own;
	struct dmaload_options his;
	struct dmaload_error *err;

	struct dmaload_buffer *buffer;
	/* Where the stream stood, and what has come since. */
	uint64_t origin;
	uint64_t length;
	/* The report of all loads. */
	struct dmaload_report report;
};

static void add_report(struct growth *growth, const struct dmaload_report *part)
{
	struct dmaload_report *sum = &growth->report;

	sum->bytes_streamed += part->bytes_streamed;
	sum->bytes_total = sum->bytes_streamed;
	sum->total_ns += part->total_ns;
	sum->read_ns += part->read_ns;
	sum->copy_ns += part->copy_ns;
	sum->sync_ns += part->sync_ns;
	sum->queued_ns += part->queued_ns;
	sum->brackets += part->brackets;
	sum->reads += part->reads;
	sum->retries += part->retries;
	sum->cache_before_bytes = part->cache_before_bytes;
	sum->cache_residue_bytes = part->cache_residue_bytes;
	/* Report the buffer that is there in the end, and not that of the byte
	 * aside. */
	if (part->buffer_pages_note[0]) {
		sum->buffer_pages = part->buffer_pages;
		sum->buffer_huge_bytes = part->buffer_huge_bytes;
		memcpy(sum->buffer_pages_note, part->buffer_pages_note,
		       sizeof(sum->buffer_pages_note));
	}
}

/* A load knows of its part only. The one range is complete when the stream has ended,
 * which is known when all is over. */
static int on_progress(const struct dmaload_progress *part, void *data)
{
	const struct growth *growth = data;
	struct dmaload_progress sum = *part;

	sum.bytes_done += growth->length;
	sum.bytes_prefix += growth->length;
	sum.bytes_total += growth->length;
	sum.ranges_done = 0;
	return progress_call(&growth->his, &sum);
}

/* Options that cannot be understood are refused by the first load. */
static void watch_progress(struct growth *growth)
{
	struct dmaload_options *own = &growth->own;

	if (!growth->options || !options_take(own, sizeof(*own), growth->options) ||
	    !own->progress)
		return;
	growth->his = *own;
	own->progress = on_progress;
	own->progress_data = growth;
	growth->options = own;
}

/* Read so many bytes; -ENODATA, unexplained, if the stream ends before. */
static int receive(struct growth *growth, struct dmaload_buffer *buffer,
		   uint64_t offset, uint64_t length)
{
	const struct dmaload_range range = {
		.file = growth->stream,
		.file_offset = growth->origin + growth->length,
		.buffer = buffer,
		.buffer_offset = offset,
		.length = length,
	};
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_error err;
	int r;

	r = dmaload_load(growth->ctx, &range, 1, growth->options, &report, &err);
	add_report(growth, &report);
	growth->length += report.bytes_streamed;
	if (r < 0 && r != -ENODATA && growth->err)
		*growth->err = err;
	return r;
}

/* Copy the bytes that have come, the last one from aside, into the larger
 * buffer. */
static int copy_over(struct growth *growth, struct dmaload_buffer *larger,
		     unsigned char aside)
{
	const uint64_t length = growth->length - 1;
	int r, end;

	r = dmaload_buffer_begin(growth->buffer, DMALOAD_ACCESS_READ,
				 growth->err);
	if (r < 0)
		return r;
	r = dmaload_buffer_begin(larger, DMALOAD_ACCESS_WRITE, growth->err);
	if (r == 0) {
		memcpy(larger->map, growth->buffer->map, (size_t)length);
		((unsigned char *)larger->map)[length] = aside;
		r = dmaload_buffer_end(larger, DMALOAD_ACCESS_WRITE,
				       growth->err);
	}
	end = dmaload_buffer_end(growth->buffer, DMALOAD_ACCESS_READ,
				 r < 0 ? NULL : growth->err);
	return r < 0 ? r : end;
}

static int make_larger(struct growth *growth, uint64_t size,
		       struct dmaload_buffer **larger)
{
	struct dmaload_error why;
	int r;

	r = dmaload_buffer_create(larger, growth->source, size, &why);
	if ((r == -ENOMEM || r == -EOVERFLOW) && growth->buffer)
		return fail(growth->err, r, "out of memory after %" PRIu64
			    " bytes of %s, for a buffer of %" PRIu64 ": if the "
			    "length is known, allocate that size, which takes no "
			    "copying; %s", growth->length, growth->stream->name,
			    size, why.message);
	if (r < 0)
		return fail(growth->err, r, "%s", why.message);
	growth->report.alloc_ns += (*larger)->alloc_ns;
	return 0;
}

/* The buffer is full, and the stream has a byte more. */
static int grow(struct growth *growth, unsigned char aside)
{
	uint64_t size = growth->buffer->size;
	struct dmaload_buffer *larger;
	int r;

	if (growth->limit != 0 && growth->length > growth->limit)
		return fail(growth->err, -EFBIG, "%s has more than the %" PRIu64
			    " bytes that are allowed", growth->stream->name,
			    growth->limit);
	size = size > UINT64_MAX / 2 ? UINT64_MAX : 2 * size;
	if (growth->limit != 0 && size > growth->limit)
		size = growth->limit;
	r = make_larger(growth, size, &larger);
	if (r < 0)
		return r;
	r = copy_over(growth, larger, aside);
	if (r < 0) {
		dmaload_buffer_destroy(larger);
		return r;
	}
	dmaload_buffer_destroy(growth->buffer);
	growth->buffer = larger;
	return 0;
}

/* How much may come into the buffer as it is. */
static uint64_t room(const struct growth *growth)
{
	uint64_t size = growth->buffer->size;

	/* A buffer is whole pages, the limit need not be. */
	if (growth->limit != 0 && size > growth->limit)
		size = growth->limit;
	return size - growth->length;
}

/* 0 when the stream has ended and all of it is in the buffer, or -errno. */
static int receive_all(struct growth *growth, struct dmaload_buffer *aside,
		       unsigned char *byte)
{
	int r = 0;

	while (r == 0) {
		if (room(growth) > 0)
			r = receive(growth, growth->buffer, growth->length,
				    room(growth));
		if (r == 0)
			r = receive(growth, aside, 0, 1);
		if (r == 0)
			r = grow(growth, *byte);
	}
	if (r == -ENODATA && growth->length == 0)
		return fail(growth->err, r, "%s was empty: there is nothing to "
			    "load", growth->stream->name);
	return r == -ENODATA ? 0 : r;
}

static int check(const struct dmaload_file *stream, struct dmaload_error *err)
{
	if (!stream)
		return fail(err, -EINVAL, "no stream");
	if (!stream->stream)
		return fail(err, -EINVAL, "%s is no stream: its length is known",
			    stream->name);
	return 0;
}

static int run(struct growth *growth, uint64_t hint)
{
	struct dmaload_buffer *aside;
	unsigned char byte = 0;
	int r;

	if (hint == 0)
		hint = HINT_DEFAULT;
	if (growth->limit != 0 && hint > growth->limit)
		hint = growth->limit;
	r = dmaload_buffer_from_memory(&aside, &byte, 1, growth->err);
	if (r < 0)
		return r;
	r = make_larger(growth, hint, &growth->buffer);
	if (r == 0)
		r = receive_all(growth, aside, &byte);
	dmaload_buffer_destroy(aside);
	return r;
}

int dmaload_load_stream(struct dmaload_buffer **out, uint64_t *length,
			struct dmaload_ctx *ctx, struct dmaload_file *stream,
			const char *source, uint64_t hint, uint64_t limit,
			const struct dmaload_options *options,
			struct dmaload_report *report, struct dmaload_error *err)
{
	struct growth growth = {
		.ctx = ctx,
		.stream = stream,
		.source = source,
		.limit = limit,
		.options = options,
		.err = err,
	};
	struct dmaload_ctx *own;
	int r;

	r = report_begin(report, false, err);
	if (r < 0)
		return r;
	if (!out || !length)
		return fail(err, -EINVAL, "no place to put the buffer and its "
			    "length");
	r = check(stream, err);
	if (r == 0)
		r = ctx_for_call(&growth.ctx, &own, err);
	if (r < 0)
		return r;
	report_clear(&growth.report, false);
	growth.report.ranges = growth.report.extents = 1;
	growth.origin = stream->position;
	watch_progress(&growth);
	r = run(&growth, hint);
	dmaload_ctx_destroy(own);
	if (report)
		options_give(&growth.report, sizeof(growth.report), report);
	if (r < 0) {
		dmaload_buffer_destroy(growth.buffer);
		return r;
	}
	*out = growth.buffer;
	*length = growth.length;
	return 0;
}
