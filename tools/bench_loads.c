/* SPDX-License-Identifier: MIT */
/* A measurement of the library: open, load, and the memory used for it. */
#include "bench.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "tool.h"

#define PAGE 4096u

/*
 * Neighbors would be merged into one range, so the first in the file is the
 * last in the buffer. All have whole pages, so each can use any path, except at
 * the end of the file.
 */
static size_t split(struct bench_work *work)
{
	const uint64_t pages = work->bench->length / PAGE;
	const size_t n = pages < BENCH_RANGES ? (size_t)pages : BENCH_RANGES;
	const uint64_t rest = work->bench->length % PAGE;
	uint64_t from, to = 0;
	size_t i;

	work->ranges = calloc(n + 1, sizeof(*work->ranges));
	if (!work->ranges)
		return 0;
	for (i = 0; i < n; i++) {
		from = to;
		to = (i + 1) * pages / n * PAGE;
		work->ranges[i] = (struct dmaload_range){
			.file = work->file,
			.file_offset = from,
			.buffer = work->buffer,
			.buffer_offset = pages * PAGE - to,
			.length = to - from,
		};
	}
	work->ranges[n] = (struct dmaload_range){
		.file = work->file,
		.file_offset = pages * PAGE,
		.buffer = work->buffer,
		.buffer_offset = pages * PAGE,
		.length = rest,
	};
	return n + (rest > 0);
}

/* One range, or its first 64 MiB before the rest. */
static size_t whole(struct bench_work *work)
{
	const uint64_t length = work->bench->length;
	const bool early = work->what->view == BENCH_EARLY &&
			   length > BENCH_FIRST;

	work->ranges = calloc(2, sizeof(*work->ranges));
	if (!work->ranges)
		return 0;
	work->ranges[0] = (struct dmaload_range){
		.file = work->file,
		.buffer = work->buffer,
		.length = early ? BENCH_FIRST : length,
	};
	work->ranges[1] = (struct dmaload_range){
		.file = work->file,
		.file_offset = BENCH_FIRST,
		.buffer = work->buffer,
		.buffer_offset = BENCH_FIRST,
		.length = early ? length - BENCH_FIRST : 0,
		.priority = 1,
	};
	return early ? 2 : 1;
}

static int note_progress(const struct dmaload_progress *progress, void *data)
{
	struct bench_work *work = data;

	if (work->run->first_ns == 0 &&
	    (progress->bytes_prefix >= BENCH_FIRST ||
	     progress->bytes_done == progress->bytes_total))
		work->run->first_ns = now_ns() - work->begun_ns;
	return 0;
}

/* Load by a job, whose first range is reported when devices see it. */
static int load_early(struct bench_work *work, size_t count,
		      const struct dmaload_options *options,
		      struct dmaload_error *err)
{
	struct pollfd ready = { .events = POLLIN };
	size_t index;
	int r;

	r = dmaload_submit(&work->job, work->ctx, DMALOAD_LOAD, work->ranges,
			   count, options, err);
	if (r < 0)
		return r;
	ready.fd = dmaload_job_fd(work->job, err);
	if (ready.fd < 0)
		return ready.fd;
	poll(&ready, 1, -1);
	if (dmaload_job_next_range(work->job, &index) == 0 && index == 0)
		work->run->first_ns = now_ns() - work->begun_ns;
	return dmaload_job_wait(work->job, DMALOAD_FOREVER, &work->run->report,
				err);
}

int bench_load(struct bench_work *work, struct dmaload_error *err)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.engine = work->what->engine,
	};
	struct dmaload_options options = {
		.size = sizeof(options),
		.paths = work->what->paths,
	};
	size_t count;
	int r;

	r = dmaload_ctx_create(&work->ctx, &config, err);
	if (r == 0)
		r = dmaload_file_open(&work->file, work->bench->path, err);
	if (r < 0)
		return r;
	count = work->what->view == BENCH_SPLIT ? split(work) : whole(work);
	if (count == 0)
		return explain(err, -ENOMEM, "no memory for the ranges");
	if (work->what->view == BENCH_EARLY)
		return load_early(work, count, &options, err);
	/* With 10,000 ranges, the first one to arrive is not at the start of
	 * the buffer. */
	if (work->what->view != BENCH_SPLIT)
		options.progress = note_progress;
	options.progress_data = work;
	r = dmaload_load(work->ctx, work->ranges, count, &options,
			 &work->run->report, err);
	return r;
}

void bench_load_finish(struct bench_work *work)
{
	dmaload_job_destroy(work->job);
	dmaload_ctx_destroy(work->ctx);
	dmaload_file_close(work->file);
	free(work->ranges);
}
