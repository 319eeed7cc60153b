/* SPDX-License-Identifier: MIT */
/*
 * One range of a file in several buffers. A udmabuf has a limit, 64 MiB by
 * default, and so has the window of some devices.
 *
 * The limit is one of each buffer, but memory and fds are limited for the
 * machine and the process. So both are checked for all buffers before the first
 * is made. Otherwise fds would seem free, since the dma-bufs of earlier
 * udmabufs are not made yet. Memory that others take meanwhile would let the
 * last buffer fail. Each buffer takes its share of one promise.
 */
#include <dmaload/spread.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "buffer/source_default.h"
#include "file/file.h"
#include "sys/error.h"
#include "sys/sys.h"

/* The alignment of the buffers in the range, so that no two share a huge
 * page. */
#define BLOCK ((uint64_t)2 << 20)

struct dmaload_spread {
	size_t count;
	struct dmaload_range ranges[];
};

/* A range of a file, and how it is divided among buffers. */
struct layout {
	struct dmaload_file *file;
	uint64_t file_offset;
	uint64_t length;
	uint64_t buffer_size;
	/* Not a size_t: a long stream needs more than 2^32 buffers, until that
	 * is compared with DMALOAD_SPREAD_MAX. */
	uint64_t count;
};

static int resolve(struct layout *layout, struct dmaload_error *err)
{
	const struct dmaload_file *file = layout->file;
	int r = 0;

	if (file->stream && layout->length == DMALOAD_TO_END)
		return fail(err, -EINVAL, "cannot spread %s: it is a stream of "
			    "unknown length; pass the length", file->name);
	if (!file->stream)
		r = file_resolve(file, layout->file_offset, &layout->length,
				 err);
	if (r == 0 && !file->stream)
		r = file_check_end(file, layout->file_offset, layout->length,
				   err);
	if (r < 0)
		return r;
	if (layout->file_offset > INT64_MAX ||
	    layout->length > INT64_MAX - layout->file_offset)
		return fail(err, -EOVERFLOW, "%" PRIu64 " bytes at offset %"
			    PRIu64 " exceed the largest file offset",
			    layout->length, layout->file_offset);
	return 0;
}

/* The source reports a limit below a page. */
static void lay_out(struct layout *layout, uint64_t max, uint64_t limit)
{
	const uint64_t page = sys_page_size();

	layout->buffer_size = max == 0 || limit < max ? limit : max;
	layout->buffer_size &= ~(page - 1);
	if (layout->buffer_size >= layout->length || layout->buffer_size == 0)
		layout->buffer_size = layout->length;
	else if (layout->buffer_size >= BLOCK)
		layout->buffer_size &= ~(BLOCK - 1);
	layout->count = (layout->length - 1) / layout->buffer_size + 1;
}

static int no_fds(int code, const char *why, const struct layout *layout,
		  uint64_t fds, struct dmaload_error *err)
{
	return fail(err, code, "%s: %" PRIu64 " buffers of at most %" PRIu64
		    " bytes take %" PRIu64 " fds, and the limit (RLIMIT_NOFILE, "
		    "ulimit -n) is %" PRIu64, why, layout->count,
		    layout->buffer_size, fds,
		    sys_fds_max());
}

static int check_count(const struct layout *layout, uint64_t fds,
		       struct dmaload_error *err)
{
	char why[64];

	if (layout->count > DMALOAD_SPREAD_MAX)
		return fail(err, -E2BIG, "%" PRIu64 " buffers of at most %"
			    PRIu64 " bytes are more than %u: allow larger "
			    "buffers", layout->count, layout->buffer_size,
			    DMALOAD_SPREAD_MAX);
	if (sys_fds_open() + fds <= sys_fds_max())
		return 0;
	snprintf(why, sizeof(why), "%" PRIu64 " fds are open", sys_fds_open());
	return no_fds(-EMFILE, why, layout, fds, err);
}

static int make_buffers(struct dmaload_spread *spread,
			const struct layout *layout,
			const char *source, uint64_t fds,
			struct promise *promised, struct dmaload_error *err)
{
	struct dmaload_buffer *before = NULL;
	struct dmaload_error why;
	struct dmaload_range *range;
	uint64_t at = 0;
	int r = 0;

	while (r == 0 && at < layout->length) {
		range = &spread->ranges[spread->count];
		*range = (struct dmaload_range){
			.file = layout->file,
			.file_offset = layout->file_offset + at,
			.length = layout->length - at < layout->buffer_size ?
				  layout->length - at : layout->buffer_size,
		};
		r = buffer_create(&range->buffer, source, range->length, before,
				  promised, &why);
		before = range->buffer;
		at += range->length;
		spread->count += r == 0;
	}
	if (error_is_shortage(r))
		return no_fds(r, why.message, layout, fds, err);
	return r < 0 ? fail(err, r, "%s", why.message) : 0;
}

static int create(struct dmaload_spread **out, const char *source,
		  struct layout *layout, uint64_t max,
		  struct dmaload_error *err)
{
	const uint64_t mask = sys_page_size() - 1;
	const struct source_ops *ops;
	struct promise promised = { 0 };
	struct dmaload_spread *spread;
	const char *arg;
	uint64_t fds;
	int r;

	ops = source_find(source, &arg);
	lay_out(layout, max, ops->limit ? ops->limit() : UINT64_MAX);
	fds = layout->count * ops->fds;
	/* For a single buffer, its source reports that, and whatever else is
	 * missing. */
	if (layout->count > 1) {
		r = check_count(layout, fds, err);
		if (r == 0)
			r = buffer_check_size(layout->length, err);
		if (r == 0 && ops->reserve)
			r = ops->reserve(arg, (layout->length + mask) & ~mask,
					 &promised, err);
		if (r < 0)
			return r;
	}
	spread = calloc(1, sizeof(*spread) +
			   (size_t)layout->count * sizeof(spread->ranges[0]));
	r = spread ? make_buffers(spread, layout, source, fds, &promised, err) :
		     fail(err, -ENOMEM, "no memory for the record of %" PRIu64
			  " buffers", layout->count);
	promise_end(&promised);
	if (r < 0)
		dmaload_spread_destroy(spread);
	else
		*out = spread;
	return r;
}

int dmaload_spread_create(struct dmaload_spread **out, const char *source,
			  struct dmaload_file *file, uint64_t file_offset,
			  uint64_t length, uint64_t max,
			  struct dmaload_error *err)
{
	struct source_default choice;
	struct layout layout = {
		.file = file,
		.file_offset = file_offset,
		.length = length,
	};
	int r;

	if (!out || !file || length == 0)
		return fail(err, -EINVAL, "a spread needs a file, a length of "
			    "at least 1 byte, and a pointer to return it in");
	if (max != 0 && max < sys_page_size())
		return fail(err, -EINVAL, "the maximum of %" PRIu64 " bytes "
			    "for a buffer is less than a page", max);
	r = resolve(&layout, err);
	if (r == 0 && !source) {
		r = source_default_query(1, &choice, err);
		source = choice.source;
	}
	return r < 0 ? r : create(out, source, &layout, max, err);
}

/* Stop the threads that wait for their turn first, so that none begins. */
void dmaload_spread_destroy(struct dmaload_spread *spread)
{
	size_t i;

	if (!spread)
		return;
	for (i = 0; i < spread->count; i++)
		buffer_give_up(spread->ranges[i].buffer);
	for (i = 0; i < spread->count; i++)
		dmaload_buffer_destroy(spread->ranges[i].buffer);
	free(spread);
}

size_t dmaload_spread_count(const struct dmaload_spread *spread)
{
	return spread ? spread->count : 0;
}

const struct dmaload_range *
dmaload_spread_ranges(const struct dmaload_spread *spread)
{
	return spread ? spread->ranges : NULL;
}
