/* SPDX-License-Identifier: MIT */
/*
 * Load a stream of unknown length into a buffer that grows.
 *
 * A dma-buf has one size for life. To grow is to allocate a larger buffer and
 * to copy. Doubling copies each byte once on average, and bounds what stays
 * unused.
 *
 * Only a read shows whether the stream has ended. So the next byte is read into
 * a separate buffer before a larger one is allocated for it.
 */
#include <dmaload/load.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "buffer/buffer.h"
#include "context/ctx.h"
#include "context/job.h"
#include "file/file.h"
#include "io/copy.h"
#include "load/barrier.h"
#include "report/report.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"

#define HINT_DEFAULT ((uint64_t)16 << 20)

struct stream_load {
	struct dmaload_ctx *ctx;
	struct dmaload_file *stream;
	const char *source;
	uint64_t limit; /* UINT64_MAX if the caller has none */
	/* The options of each load: the caller's, or a copy of them whose
	 * progress function wraps the caller's. */
	const struct dmaload_options *options;
	struct dmaload_options wrapped;
	struct dmaload_options caller;
	struct dmaload_error *err;

	struct dmaload_buffer *buffer;
	/* The stream's position at the start, and the bytes read since. */
	uint64_t origin;
	uint64_t length;
	/* The sum of the reports of all loads. */
	struct dmaload_report report;
};

static void add_report(struct stream_load *loading,
		       const struct dmaload_report *part)
{
	struct dmaload_report *sum = &loading->report;

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
	/* Report the final buffer, and not the one of the separate byte. */
	if (part->buffer_pages_note[0]) {
		sum->buffer_pages = part->buffer_pages;
		sum->buffer_huge_bytes = part->buffer_huge_bytes;
		memcpy(sum->buffer_pages_note, part->buffer_pages_note,
		       sizeof(sum->buffer_pages_note));
	}
}

/* Each load knows only its part. The one range is complete when the stream has
 * ended, which shows only after the last load. */
static int on_progress(const struct dmaload_progress *part, void *data)
{
	const struct stream_load *loading = data;
	struct dmaload_progress sum = *part;

	sum.bytes_done += loading->length;
	sum.bytes_prefix += loading->length;
	sum.bytes_total += loading->length;
	sum.ranges_done = 0;
	return barrier_progress(&loading->caller, &sum);
}

/* The first load refuses invalid options. */
static void watch_progress(struct stream_load *loading)
{
	struct dmaload_options *wrapped = &loading->wrapped;

	if (!loading->options || !versioned_get(wrapped, sizeof(*wrapped), loading->options) ||
	    !wrapped->progress)
		return;
	loading->caller = *wrapped;
	wrapped->progress = on_progress;
	wrapped->progress_data = loading;
	loading->options = wrapped;
}

/* Read length bytes. Return -ENODATA, without a message, if the stream ends
 * before. */
static int receive(struct stream_load *loading, struct dmaload_buffer *buffer,
		   uint64_t offset, uint64_t length)
{
	const struct dmaload_range range = {
		.file = loading->stream,
		.file_offset = loading->origin + loading->length,
		.buffer = buffer,
		.buffer_offset = offset,
		.length = length,
	};
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_error err;
	int r;

	r = dmaload_load(loading->ctx, &range, 1, loading->options, &report, &err);
	add_report(loading, &report);
	loading->length += report.bytes_streamed;
	if (r < 0 && r != -ENODATA && loading->err)
		*loading->err = err;
	return r;
}

/* Copy the bytes read so far into the larger buffer. The last one comes from
 * the separate buffer. */
static int copy_over(struct stream_load *loading, struct dmaload_buffer *larger,
		     unsigned char aside)
{
	const uint64_t length = loading->length - 1;
	int r, end;

	r = dmaload_buffer_begin(loading->buffer, DMALOAD_ACCESS_READ,
				 loading->err);
	if (r < 0)
		return r;
	r = dmaload_buffer_begin(larger, DMALOAD_ACCESS_WRITE, loading->err);
	if (r == 0) {
		copy_between(larger->map, loading->buffer->map, (size_t)length);
		((unsigned char *)larger->map)[length] = aside;
		r = dmaload_buffer_end(larger, DMALOAD_ACCESS_WRITE,
				       loading->err);
	}
	end = dmaload_buffer_end(loading->buffer, DMALOAD_ACCESS_READ,
				 r < 0 ? NULL : loading->err);
	return r < 0 ? r : end;
}

/* The buffer has size bytes, or as many as the limit allows. */
static int make_larger(struct stream_load *loading, uint64_t size,
		       struct dmaload_buffer **larger)
{
	struct dmaload_error why;
	int r;

	if (size > loading->limit)
		size = loading->limit;
	r = dmaload_buffer_create(larger, loading->source, size, &why);
	if ((r == -ENOMEM || r == -EOVERFLOW) && loading->buffer)
		return fail(loading->err, r, "out of memory after %" PRIu64
			    " bytes of %s, for a buffer of %" PRIu64 ": if the "
			    "length is known, allocate that size, which takes no "
			    "copying; %s", loading->length,
			    loading->stream->name, size, why.message);
	if (r < 0)
		return fail(loading->err, r, "%s", why.message);
	loading->report.alloc_ns += (*larger)->alloc_ns;
	return 0;
}

/* The buffer is full, and the stream has at least one more byte. */
static int grow(struct stream_load *loading, unsigned char aside)
{
	const uint64_t size = loading->buffer->size;
	struct dmaload_buffer *larger;
	int r;

	if (loading->length > loading->limit)
		return fail(loading->err, -EFBIG,
			    "%s has more bytes than the limit of %" PRIu64,
			    loading->stream->name, loading->limit);
	r = make_larger(loading, size > UINT64_MAX / 2 ? UINT64_MAX : 2 * size,
			&larger);
	if (r < 0)
		return r;
	r = copy_over(loading, larger, aside);
	if (r < 0) {
		dmaload_buffer_destroy(larger);
		return r;
	}
	dmaload_buffer_destroy(loading->buffer);
	loading->buffer = larger;
	return 0;
}

/* Return how many more bytes fit into the buffer and the limit. */
static uint64_t room(const struct stream_load *loading)
{
	const uint64_t size = loading->buffer->size;

	/* A buffer has whole pages; the limit may end inside a page. */
	return (size > loading->limit ? loading->limit : size) - loading->length;
}

/* Read up to the end of the stream. Return 0 when all of it is in the buffer,
 * or -errno. */
static int receive_all(struct stream_load *loading,
		       struct dmaload_buffer *aside, unsigned char *byte)
{
	int r = 0;

	while (r == 0) {
		if (room(loading) > 0)
			r = receive(loading, loading->buffer, loading->length,
				    room(loading));
		if (r == 0)
			r = receive(loading, aside, 0, 1);
		if (r == 0)
			r = grow(loading, *byte);
	}
	if (r == -ENODATA && loading->length == 0)
		return fail(loading->err, r,
			    "%s was empty: there is nothing to "
			    "load", loading->stream->name);
	return r == -ENODATA ? 0 : r;
}

static int check(const struct dmaload_file *stream, struct dmaload_error *err)
{
	if (!stream)
		return fail(err, -EINVAL, "the stream is NULL");
	if (!stream->stream)
		return fail(err, -EINVAL, "%s is not a stream: load it by "
			    "dmaload_load(), since its length is known",
			    stream->name);
	return 0;
}

static int run(struct stream_load *loading, uint64_t hint)
{
	struct dmaload_buffer *aside;
	unsigned char byte = 0;
	int r;

	r = dmaload_buffer_from_memory(&aside, &byte, 1, loading->err);
	if (r < 0)
		return r;
	r = make_larger(loading, hint ? hint : HINT_DEFAULT, &loading->buffer);
	if (r == 0)
		r = receive_all(loading, aside, &byte);
	dmaload_buffer_destroy(aside);
	return r;
}

int dmaload_load_stream(struct dmaload_buffer **out, uint64_t *length,
			struct dmaload_ctx *ctx, struct dmaload_file *stream,
			const char *source, uint64_t hint, uint64_t limit,
			const struct dmaload_options *options,
			struct dmaload_report *report, struct dmaload_error *err)
{
	struct stream_load loading = {
		.ctx = ctx,
		.stream = stream,
		.source = source,
		.limit = limit ? limit : UINT64_MAX,
		.options = options,
		.err = err,
	};
	struct dmaload_ctx *temporary;
	int r = report_begin(report, false, err);

	if (r < 0)
		return r;
	if (!out || !length)
		return fail(err, -EINVAL, "the pointer for the buffer, or for "
			    "its length, is NULL");
	r = check(stream, err);
	if (r == 0)
		r = job_refuse_transform(options, err);
	if (r == 0)
		r = ctx_for_call(&loading.ctx, &temporary, err);
	if (r < 0)
		return r;
	report_clear(&loading.report, false);
	loading.report.ranges = loading.report.extents = 1;
	loading.origin = stream->position;
	watch_progress(&loading);
	r = run(&loading, hint);
	dmaload_ctx_destroy(temporary);
	if (report)
		versioned_put(&loading.report, sizeof(loading.report), report);
	if (r < 0) {
		dmaload_buffer_destroy(loading.buffer);
		return r;
	}
	*out = loading.buffer;
	*length = loading.length;
	return 0;
}
