/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file of a load takes: itself, itself for direct I/O, and its buffer; and
 * a udmabuf's memfd, and the device while it is made. */
static size_t fds_per_file(const struct request *request)
{
	return request->source &&
	       strncmp(request->source, "udmabuf", 7) == 0 ? 5 : 3;
}

static int note_fds(int code, const struct request *request,
		    struct dmaload_error *err)
{
	struct rlimit limit;
	struct dmaload_error why;

	if (code != -EMFILE || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return code;
	why = *err;
	return explain(err, code, "%s; %zu files take %zu fds, and the limit "
		       "(ulimit -n) is %llu", why.message,
		       request->count, request->count * fds_per_file(request),
		       (unsigned long long)limit.rlim_cur);
}

/* What went before has been read: what is left is what cat(1) would show. */
static int open_stdin(struct pair *pair, struct dmaload_range *range,
		      struct dmaload_error *err)
{
	const off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

	if (at > 0 && range->file_offset > UINT64_MAX - (uint64_t)at)
		return explain(err, -EOVERFLOW, "--offset is too large");
	if (at > 0)
		range->file_offset += (uint64_t)at;
	return dmaload_file_from_fd(&pair->file, STDIN_FILENO, err);
}

static int open_file(struct pair *pair, const struct request *request,
		     struct dmaload_range *range, struct dmaload_error *err)
{
	if (request->stream)
		return dmaload_file_from_stream(&pair->file, STDIN_FILENO, err);
	if (pair->name[0] == '-' && pair->name[1] == '\0')
		return open_stdin(pair, range, err);
	return dmaload_file_open(&pair->file, pair->name, err);
}

/* What the load will bring; it refuses what is beyond the file, here 1 will do. */
static uint64_t length_of(const struct pair *pair, const struct request *request,
			  const struct dmaload_range *range)
{
	const uint64_t size = dmaload_file_size(pair->file);
	const uint64_t left = range->file_offset < size ?
			      size - range->file_offset : 1;

	if (request->stream || range->length < left)
		return range->length;
	return left;
}

/* The buffer is as long as the range, which begins at its first byte. */
static int prepare(struct pair *pair, const struct request *request,
		   struct dmaload_range *range, struct dmaload_error *err)
{
	int r;

	*range = (struct dmaload_range){
		.file_offset = request->settings.offset,
		.length = request->settings.length,
	};
	r = open_file(pair, request, range, err);
	if (r < 0)
		return r;
	range->file = pair->file;
	if (request->stream && range->length == DMALOAD_TO_END)
		return 0;
	pair->length = length_of(pair, request, range);
	if (request->limit != 0 && pair->length > request->limit)
		return explain(err, -EFBIG, "standard input has %" PRIu64
			       " bytes, more than the %" PRIu64 " of --limit",
			       pair->length, request->limit);
	r = dmaload_buffer_create(&pair->buffer, request->source, pair->length,
				  err);
	range->buffer = pair->buffer;
	return r;
}

int files_open(struct files *files, const struct request *request,
	       struct dmaload_error *err)
{
	size_t i;
	int r;

	files->pairs = calloc(request->count, sizeof(*files->pairs));
	files->ranges = calloc(request->count, sizeof(*files->ranges));
	if (!files->pairs || !files->ranges)
		return explain(err, -ENOMEM, "no memory for %zu files",
			       request->count);
	files->count = request->count;
	for (i = 0; i < files->count; i++)
		files->pairs[i].name = request->names[i];

	r = settings_ctx(&request->settings, &files->ctx, err);
	for (i = 0; r == 0 && i < files->count; i++) {
		r = watch_check(err);
		if (r == 0)
			r = prepare(&files->pairs[i], request,
				    &files->ranges[i], err);
	}
	return note_fds(r, request, err);
}

/* Read up to the byte before offset, and throw it away: the stream then stands
 * where the load is to begin. */
static int skip(struct files *files, uint64_t offset,
		const struct dmaload_options *options, struct dmaload_error *err)
{
	struct dmaload_range range = {
		.file = files->pairs[0].file,
		.file_offset = offset - 1,
		.length = 1,
	};
	char byte;
	int r;

	if (offset == 0)
		return 0;
	r = dmaload_buffer_from_memory(&range.buffer, &byte, 1, err);
	if (r == 0)
		r = dmaload_load(files->ctx, &range, 1, options, NULL, err);
	dmaload_buffer_destroy(range.buffer);
	return r;
}

int files_load(struct files *files, const struct request *request,
	       const struct dmaload_options *options,
	       struct dmaload_report *report, struct dmaload_error *err)
{
	struct pair *first = &files->pairs[0];
	int r;

	if (first->buffer)
		return note_fds(dmaload_load(files->ctx, files->ranges,
					     files->count, options, report, err),
				request, err);
	r = skip(files, request->settings.offset, options, err);
	if (r < 0)
		return r;
	return dmaload_load_stream(&first->buffer, &first->length, files->ctx,
				   first->file, request->source, 0,
				   request->limit, options, report, err);
}

void files_finish(struct files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		dmaload_buffer_destroy(files->pairs[i].buffer);
		dmaload_file_close(files->pairs[i].file);
	}
	dmaload_ctx_destroy(files->ctx);
	free(files->pairs);
	free(files->ranges);
}
