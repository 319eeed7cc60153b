/* SPDX-License-Identifier: MIT */
/* Blocking calls: the calling thread does the job itself. */
#include <dmaload/load.h>

#include <errno.h>

#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "job/request.h"
#include "load/callback.h"
#include "report/report.h"
#include "sys/error.h"

static int refuse_events(const struct dmaload_options *options,
			 struct dmaload_error *err)
{
	if (!events_of(options))
		return 0;
	return fail(err, -EINVAL, "a blocking call reports to its caller alone: "
		    "events are for dmaload_submit()");
}

static int check(const struct dmaload_ctx *ctx,
		 const struct dmaload_options *options,
		 struct dmaload_error *err)
{
	int r;

	r = job_check_ctx(ctx, err);
	if (r == 0)
		r = refuse_events(options, err);
	if (r < 0)
		return r;
	if (callback_is_here(&ctx->engine))
		return fail(err, -EDEADLK, "a progress function, or a transform, "
			    "cannot wait for its own context");
	return 0;
}

/* The request of a call. */
struct call {
	enum dmaload_operation operation;
	const struct dmaload_range *ranges;
	size_t count;
	const struct dmaload_options *options;
	/* Not NULL: only find out the path. */
	enum dmaload_path *probed;
};

static int block_in(struct dmaload_ctx *ctx, const struct call *call,
		    struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_job *job;
	int r;

	r = check(ctx, call->options, err);
	if (r == 0)
		r = job_make(&job, ctx, call->operation, call->ranges,
			     call->count, call->options, report, err);
	if (r < 0)
		return r;
	job->blocking = true;
	job->load.request.reports = report != NULL;
	job->probed = call->probed;
	r = queue_run_here(job, err);
	if (r == 0)
		r = job_give_result(job, report, err);
	else
		request_withdraw(&job->load);
	job_free(job);
	ctx_unref(ctx);
	return r;
}

static int block(struct dmaload_ctx *ctx, const struct call *call,
		 struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_ctx *temporary;
	int r;

	r = report_begin(report, call->operation == DMALOAD_STORE, err);
	if (r < 0)
		return r;
	r = ctx_for_call(&ctx, &temporary, err);
	if (r == 0)
		r = block_in(ctx, call, report, err);
	dmaload_ctx_destroy(temporary);
	return r;
}

int dmaload_load(struct dmaload_ctx *ctx, const struct dmaload_range *ranges,
		 size_t count, const struct dmaload_options *options,
		 struct dmaload_report *report, struct dmaload_error *err)
{
	return block(ctx, &(struct call){ .operation = DMALOAD_LOAD,
		     .ranges = ranges, .count = count, .options = options },
		     report, err);
}

int dmaload_store(struct dmaload_ctx *ctx, const struct dmaload_range *ranges,
		  size_t count, const struct dmaload_options *options,
		  struct dmaload_report *report, struct dmaload_error *err)
{
	return block(ctx, &(struct call){ .operation = DMALOAD_STORE,
		     .ranges = ranges, .count = count, .options = options },
		     report, err);
}

int dmaload_verify(struct dmaload_ctx *ctx, const struct dmaload_range *ranges,
		   size_t count, const struct dmaload_options *options,
		   struct dmaload_report *report, struct dmaload_error *err)
{
	return block(ctx, &(struct call){ .operation = DMALOAD_VERIFY,
		     .ranges = ranges, .count = count, .options = options },
		     report, err);
}

int dmaload_probe(struct dmaload_ctx *ctx, const struct dmaload_range *range,
		  const struct dmaload_options *options,
		  enum dmaload_path *path, struct dmaload_report *report,
		  struct dmaload_error *err)
{
	int r;

	r = report_begin(report, false, err);
	if (r < 0)
		return r;
	if (!path)
		return fail(err, -EINVAL, "no place to put the path");
	return block(ctx, &(struct call){ .operation = DMALOAD_LOAD,
		     .ranges = range, .count = 1, .options = options,
		     .probed = path }, report, err);
}

/* The file is open, and so its size is known. */
static int load_whole(struct dmaload_buffer **out, struct dmaload_file *file,
		      const char *source, const struct dmaload_options *options,
		      struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_range range = {
		.file = file,
		.length = DMALOAD_TO_END,
	};
	int r;

	r = dmaload_buffer_create(&range.buffer, source,
				  dmaload_file_size(file), err);
	if (r == 0)
		r = dmaload_load(NULL, &range, 1, options, report, err);
	if (r == 0)
		*out = range.buffer;
	else
		dmaload_buffer_destroy(range.buffer);
	return r;
}

int dmaload_load_file(struct dmaload_buffer **out, const char *path,
		      const char *source, const struct dmaload_options *options,
		      struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_file *file;
	int r;

	r = report_begin(report, false, err);
	if (r < 0)
		return r;
	if (!out)
		return fail(err, -EINVAL, "no place to put the buffer");
	/* Before anything is allocated. */
	r = refuse_events(options, err);
	if (r == 0)
		r = job_refuse_transform(options, err);
	if (r == 0)
		r = dmaload_file_open(&file, path, err);
	if (r < 0)
		return r;
	r = load_whole(out, file, source, options, report, err);
	dmaload_file_close(file);
	return r;
}
