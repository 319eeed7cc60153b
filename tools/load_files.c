/* SPDX-License-Identifier: MIT */
#include "models.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Return the fds that a file of a load needs: itself, itself for direct I/O,
 * and its buffer; and a udmabuf's memfd, and the device while it is made. */
static size_t fds_per_file(const struct request *request)
{
	return request->source &&
	       strncmp(request->source, "udmabuf", 7) == 0 ? 5 : 3;
}

static int note_fds(int code, const struct request *request,
		    struct dmaload_error *err)
{
	struct rlimit limit;

	/* The library counts the fds of buffers that are spread. */
	if (code != -EMFILE || request->spread || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return code;
	return explain(err, code, "%s; %zu files take %zu fds, and the limit "
		       "(ulimit -n) is %llu", err->message, request->count,
		       request->count * fds_per_file(request),
		       (unsigned long long)limit.rlim_cur);
}

/* Return how many bytes the load will read. It refuses a range beyond the file,
 * so 1 is enough here. */
static uint64_t length_of(const struct request *request,
			  const struct dmaload_range *range)
{
	const uint64_t size = dmaload_file_size(range->file);
	const uint64_t left = range->file_offset < size ?
			      size - range->file_offset : 1;

	if (request->stream || range->length < left)
		return range->length;
	return left;
}

/* Replace the pair at an index by a number of pairs. */
static int expand(struct files *files, size_t at, size_t n,
		  struct dmaload_error *err)
{
	const size_t count = files->count + n - 1, behind = files->count - at - 1;
	struct dmaload_range *ranges;
	struct pair *pairs;

	pairs = reallocarray(files->pairs, count, sizeof(*pairs));
	files->pairs = pairs ? pairs : files->pairs;
	ranges = reallocarray(files->ranges, count, sizeof(*ranges));
	files->ranges = ranges ? ranges : files->ranges;
	if (!pairs || !ranges)
		return explain(err, -ENOMEM, "no memory for %zu buffers", count);
	memmove(pairs + at + n, pairs + at + 1, behind * sizeof(*pairs));
	memmove(ranges + at + n, ranges + at + 1, behind * sizeof(*ranges));
	files->count = count;
	return 0;
}

/* Use several buffers, which follow each other in the file. */
static int spread_out(struct files *files, struct owned *owned, size_t at,
		      const struct request *request, struct dmaload_error *err)
{
	const struct dmaload_range *whole = &files->ranges[at], *ranges;
	const char *name = files->pairs[at].name;
	size_t count, i;
	int r;

	r = dmaload_spread_create(&owned->spread, request->source, whole->file,
				  whole->file_offset, whole->length,
				  request->spread_max, err);
	if (r < 0)
		return r;
	ranges = dmaload_spread_ranges(owned->spread);
	count = dmaload_spread_count(owned->spread);
	r = expand(files, at, count, err);
	for (i = 0; r == 0 && i < count; i++) {
		files->ranges[at + i] = ranges[i];
		files->pairs[at + i] = (struct pair){
			.name = name,
			.buffer = ranges[i].buffer,
			.offset = ranges[i].file_offset,
			.length = ranges[i].length,
		};
	}
	return r;
}

/* Allocate one buffer, as long as requested or as the range, which begins at
 * its first byte. */
int files_allocate(struct files *files, struct owned *owned, size_t at,
		   const struct request *request, struct dmaload_error *err)
{
	struct pair *pair = &files->pairs[at];
	const uint64_t size = request->size;
	int r;

	if (size != 0 && pair->length != DMALOAD_TO_END && pair->length > size)
		return explain(err, -ERANGE, "%s: the range has %" PRIu64 " "
			       "bytes, more than the %" PRIu64 " of --size",
			       pair->name, pair->length, size);
	r = dmaload_buffer_create(&owned->buffer, request->source,
				  size != 0 ? size : pair->length, err);
	pair->buffer = files->ranges[at].buffer = owned->buffer;
	return r;
}

static int prepare(struct files *files, struct owned *owned, size_t at,
		   const struct request *request, struct dmaload_error *err)
{
	struct dmaload_range *range = &files->ranges[at];
	struct pair *pair = &files->pairs[at];
	int r;

	*range = (struct dmaload_range){
		.file_offset = request->settings.offset,
		.length = request->settings.length,
	};
	r = load_open(owned, pair->name, request, range, err);
	if (r < 0)
		return r;
	range->file = owned->file;
	pair->offset = range->file_offset;
	/* Load into a buffer that grows. */
	if (request->stream && range->length == DMALOAD_TO_END &&
	    request->size == 0)
		return 0;
	pair->length = length_of(request, range);
	if (request->limit != 0 && pair->length > request->limit)
		return explain(err, -EFBIG, "standard input has %" PRIu64
			       " bytes, more than the %" PRIu64 " of --limit",
			       pair->length, request->limit);
	return request->spread ? spread_out(files, owned, at, request, err) :
				 files_allocate(files, owned, at, request, err);
}

int files_open(struct files *files, const struct request *request,
	       struct dmaload_error *err)
{
	size_t i, at = 0, before;
	int r;

	if (request->n_patterns > 0)
		return chosen_open(files, request, err);
	files->owned = calloc(request->count, sizeof(*files->owned));
	files->pairs = calloc(request->count, sizeof(*files->pairs));
	files->ranges = calloc(request->count, sizeof(*files->ranges));
	if (!files->owned || !files->pairs || !files->ranges)
		return explain(err, -ENOMEM, "no memory for %zu files",
			       request->count);
	files->n_owned = files->count = request->count;
	for (i = 0; i < files->count; i++)
		files->pairs[i].name = request->names[i];

	r = settings_ctx(&request->settings, &files->ctx, err);
	for (i = 0; r == 0 && i < files->n_owned; i++) {
		before = files->count;
		r = watch_check(err);
		if (r == 0)
			r = prepare(files, &files->owned[i], at, request, err);
		at += 1 + files->count - before;
	}
	files->n_ranges = files->count;
	return note_fds(r, request, err);
}

/* Read and discard everything before offset: the load begins there. */
static int skip(struct files *files, uint64_t offset,
		const struct dmaload_options *options, struct dmaload_error *err)
{
	struct dmaload_range range = {
		.file = files->owned[0].file,
		.file_offset = offset - 1,
		.length = 1,
	};
	/* The byte is discarded, and does not count as progress. */
	struct progress silent = { .out = NULL };
	struct dmaload_options own = *options;
	char byte;
	int r;

	if (offset == 0)
		return 0;
	own.progress_data = &silent;
	r = dmaload_buffer_from_memory(&range.buffer, &byte, 1, err);
	if (r == 0)
		r = dmaload_load(files->ctx, &range, 1, &own, NULL, err);
	dmaload_buffer_destroy(range.buffer);
	return r;
}

/* Load into existing buffers. */
static int load_ranges(struct files *files, const struct request *request,
		       const struct dmaload_options *options,
		       struct dmaload_report *report, struct dmaload_error *err)
{
	struct pair *first = &files->pairs[0];
	const int r = dmaload_load(files->ctx, files->ranges, files->n_ranges,
				   options, report, err);

	/* The end of a stream determines its length. The buffer may have room
	 * for more. */
	if (r == 0 && first->length == DMALOAD_TO_END) {
		first->length = report->bytes_total;
		if (first->length > request->size)
			return explain(err, -ENOSPC, "standard input has more "
				       "than the %" PRIu64 " bytes of --size",
				       request->size);
	}
	return note_fds(r, request, err);
}

int files_load(struct files *files, const struct request *request,
	       const struct dmaload_options *options,
	       struct dmaload_report *report, struct dmaload_error *err)
{
	struct pair *first = &files->pairs[0];
	struct owned *owned = &files->owned[0];
	int r;

	if (first->buffer)
		return load_ranges(files, request, options, report, err);
	r = skip(files, request->settings.offset, options, err);
	if (r < 0)
		return r;
	r = dmaload_load_stream(&owned->buffer, &first->length, files->ctx,
				owned->file, request->source, 0,
				request->limit, options, report, err);
	first->buffer = owned->buffer;
	return r;
}

void files_finish(struct files *files)
{
	size_t i;

	for (i = 0; i < files->n_owned; i++) {
		dmaload_spread_destroy(files->owned[i].spread);
		dmaload_buffer_destroy(files->owned[i].buffer);
		dmaload_file_close(files->owned[i].file);
		free(files->owned[i].measured);
	}
	dmaload_ctx_destroy(files->ctx);
	digests_free(files->digests);
	chosen_free(files->chosen);
	free(files->owned);
	free(files->pairs);
	free(files->ranges);
}
