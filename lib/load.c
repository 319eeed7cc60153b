/* SPDX-License-Identifier: MIT */
/*
 * The story, in the order of the data: look at the request, look at the page
 * cache, begin the CPU's access, let the paths move the bytes, end the access,
 * look at the page cache again, report.
 */
#include "load.h"

#include <errno.h>
#include <inttypes.h>

#include "buffer.h"
#include "error.h"
#include "file.h"
#include "options.h"
#include "path.h"
#include "ring.h"
#include "sink.h"
#include "sys.h"

#define PATHS_ALL (DMALOAD_PATH_BIT(DMALOAD_PATH_DIRECT) |	\
		   DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE) |	\
		   DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED))

/* A request that cannot be met is refused before anything is touched. */
static int check_range(struct load *load, const struct dmaload_range *range)
{
	const struct dmaload_file *file = range->file;
	const struct dmaload_buffer *buffer = range->buffer;
	uint64_t length = range->length;

	if (!file || !buffer || length == 0)
		return fail(load->err, -EINVAL, "a range needs a file, a buffer "
			    "and a length of at least 1");
	if (range->file_offset >= file->size)
		return fail(load->err, -ERANGE, "%s has %" PRIu64 " bytes: there "
			    "is nothing at offset %" PRIu64, file->name,
			    file->size, range->file_offset);
	if (length == DMALOAD_TO_END)
		length = file->size - range->file_offset;
	if (length > UINT64_MAX - range->file_offset ||
	    length > UINT64_MAX - range->buffer_offset)
		return fail(load->err, -EOVERFLOW, "offset and length %" PRIu64
			    " together exceed 64 bits", length);
	if (length > file->size - range->file_offset)
		return fail(load->err, -ERANGE, "%s has %" PRIu64 " bytes: %"
			    PRIu64 " at offset %" PRIu64 " go beyond its end",
			    file->name, file->size, length,
			    range->file_offset);
	if (range->buffer_offset + length > buffer->size)
		return fail(load->err, -ENOSPC, "the %s buffer has %" PRIu64
			    " bytes: %" PRIu64 " at offset %" PRIu64 " do not "
			    "fit", buffer->label, buffer->size, length,
			    range->buffer_offset);

	if (!load->compare && !buffer->writable)
		return fail(load->err, -EROFS, "the %s buffer is read-only: ask "
			    "its exporter for a dma-buf with O_RDWR",
			    buffer->label);

	load->range = (struct extent){
		.file_offset = range->file_offset,
		.buffer_offset = buffer->lead + range->buffer_offset,
		.length = length,
	};
	load->file = range->file;
	load->buffer = range->buffer;
	return 0;
}

static int check_options(struct load *load,
			 const struct dmaload_options *options)
{
	/* To compare is to leave the buffer alone. */
	const uint32_t usable = load->compare ?
		PATHS_ALL & ~DMALOAD_PATH_BIT(DMALOAD_PATH_DIRECT) : PATHS_ALL;
	struct dmaload_options *own = &load->options;

	own->size = sizeof(*own);
	if (options && !options_take(own, sizeof(*own), options))
		return fail(load->err, -EINVAL, "struct dmaload_options has a "
			    "size, or members, that this version does not know");
	if (own->paths & ~PATHS_ALL)
		return fail(load->err, -EINVAL, "paths %#x has bits that name "
			    "no path", own->paths);
	own->paths &= usable;
	if (own->paths == 0)
		own->paths = usable;
	return 0;
}

static int check_request(struct load *load, struct dmaload_ctx *ctx,
			 const struct dmaload_range *range,
			 const struct dmaload_options *options)
{
	int r;

	if (!ctx || !range)
		return fail(load->err, -EINVAL, "no context, or no range");
	r = check_range(load, range);
	if (r == 0)
		r = check_options(load, options);
	if (r == 0 && atomic_flag_test_and_set(&ctx->busy))
		r = fail(load->err, -EBUSY, "the context is used by another "
			 "load: wait for it, or make a context for each "
			 "thread");
	return r;
}

static int load_begin(struct load *load, struct dmaload_ctx *ctx,
		      const struct dmaload_range *range,
		      const struct dmaload_options *options,
		      struct dmaload_report *report)
{
	int r;

	if (report && !options_size_ok(report))
		return fail(load->err, -EINVAL, "struct dmaload_report has no "
			    "size: set it before the call");
	load->report.size = sizeof(load->report);
	load->report.cache_before_bytes = DMALOAD_UNKNOWN;
	load->report.cache_residue_bytes = DMALOAD_UNKNOWN;
	r = check_request(load, ctx, range, options);
	if (r < 0) {
		/* Nothing was done, and that is what the report says. */
		if (report)
			options_give(&load->report, sizeof(load->report),
				     report);
		return r;
	}

	load->ctx = ctx;
	plan_init(&load->plan, &load->range);
	load->sink = load->compare ? sink_compare : sink_copy;
	load->report.bytes_total = load->range.length;
	load->report.alloc_ns = load->buffer->alloc_ns;
	return 0;
}

static void load_finish(struct load *load, struct dmaload_report *report)
{
	ring_destroy(load->ring);
	residency_finish(&load->before);
	atomic_flag_clear(&load->ctx->busy);
	if (report)
		options_give(&load->report, sizeof(load->report), report);
}

static int bracketed_run(struct load *load)
{
	const unsigned access = load->compare ? DMALOAD_ACCESS_READ :
						DMALOAD_ACCESS_WRITE;
	uint64_t start = sys_now();
	int r, end;

	r = dmaload_buffer_begin(load->buffer, access, load->err);
	load->report.sync_ns = sys_now() - start;
	if (r < 0)
		return r;

	r = path_run(load);

	start = sys_now();
	/* The first failure is the one to tell; the bracket is ended regardless. */
	end = dmaload_buffer_end(load->buffer, access, r < 0 ? NULL : load->err);
	load->report.sync_ns += sys_now() - start;
	if (load->started != 0)
		load->report.total_ns = sys_now() - load->started;
	return r < 0 ? r : end;
}

static void look_at_cache_before(struct load *load)
{
	residency_take(&load->before, load->file, load->range.file_offset,
		       load->range.length);
	if (load->before.status == 0)
		load->report.cache_before_bytes = load->before.bytes;
}

static void look_at_cache_after(struct load *load)
{
	uint64_t after;

	if (load->cached)
		residency_drop_new(&load->before, load->file,
				   load->range.file_offset, load->range.length);
	if (load->before.status < 0 ||
	    residency_count(load->file, load->range.file_offset,
			    load->range.length, &after) < 0)
		return;
	load->report.cache_residue_bytes =
		after > load->before.bytes ? after - load->before.bytes : 0;
}

static int load_or_verify(struct load *load, struct dmaload_ctx *ctx,
			  const struct dmaload_range *range,
			  const struct dmaload_options *options,
			  struct dmaload_report *report)
{
	int r;

	r = load_begin(load, ctx, range, options, report);
	if (r < 0)
		return r;
	look_at_cache_before(load);
	r = bracketed_run(load);
	look_at_cache_after(load);
	load_finish(load, report);
	return r;
}

int dmaload_load(struct dmaload_ctx *ctx, const struct dmaload_range *range,
		 const struct dmaload_options *options,
		 struct dmaload_report *report, struct dmaload_error *err)
{
	struct load load = { .err = err };

	return load_or_verify(&load, ctx, range, options, report);
}

int dmaload_verify(struct dmaload_ctx *ctx, const struct dmaload_range *range,
		   const struct dmaload_options *options,
		   struct dmaload_report *report, struct dmaload_error *err)
{
	struct load load = { .err = err, .compare = true };

	return load_or_verify(&load, ctx, range, options, report);
}

int dmaload_probe(struct dmaload_ctx *ctx, const struct dmaload_range *range,
		  const struct dmaload_options *options,
		  enum dmaload_path *path, struct dmaload_report *report,
		  struct dmaload_error *err)
{
	struct load load = { .err = err };
	int r;

	if (!path)
		return fail(err, -EINVAL, "no place to put the path");
	r = load_begin(&load, ctx, range, options, report);
	if (r < 0)
		return r;
	r = path_choose(&load, path);
	load_finish(&load, report);
	return r;
}
