/* SPDX-License-Identifier: MIT */
/* The calls that wait: each is a job that its caller does itself. */
#include <dmaload/load.h>

#include <errno.h>

#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "job/progress.h"
#include "job/request.h"
#include "report/report.h"
#include "sys/error.h"

static int block(struct dmaload_ctx *ctx, enum dmaload_operation operation,
		 const struct dmaload_range *ranges, size_t count,
		 const struct dmaload_options *options,
		 enum dmaload_path *probed, struct dmaload_report *report,
		 struct dmaload_error *err)
{
	struct dmaload_job *job;
	int r;

	r = report_begin(report, operation == DMALOAD_STORE, err);
	if (r == 0)
		r = job_check_ctx(ctx, err);
	if (r < 0)
		return r;
	if (events_of(options))
		return fail(err, -EINVAL, "a blocking call reports to its caller "
			    "alone: events are for dmaload_submit()");
	if (progress_is_here(&ctx->engine))
		return fail(err, -EDEADLK, "a progress function cannot wait for "
			    "its own context");
	r = job_make(&job, ctx, operation, ranges, count, options, report, err);
	if (r < 0)
		return r;
	job->blocking = true;
	job->load.request.reports = report != NULL;
	job->probed = probed;
	r = queue_run_here(job, err);
	if (r == 0)
		r = job_give_result(job, report, err);
	else
		request_withdraw(&job->load);
	job_free(job);
	ctx_let_go(ctx);
	return r;
}

int dmaload_load(struct dmaload_ctx *ctx, const struct dmaload_range *ranges,
		 size_t count, const struct dmaload_options *options,
		 struct dmaload_report *report, struct dmaload_error *err)
{
	return block(ctx, DMALOAD_LOAD, ranges, count, options, NULL, report,
		     err);
}

int dmaload_store(struct dmaload_ctx *ctx, const struct dmaload_range *ranges,
		  size_t count, const struct dmaload_options *options,
		  struct dmaload_report *report, struct dmaload_error *err)
{
	return block(ctx, DMALOAD_STORE, ranges, count, options, NULL, report,
		     err);
}

int dmaload_verify(struct dmaload_ctx *ctx, const struct dmaload_range *ranges,
		   size_t count, const struct dmaload_options *options,
		   struct dmaload_report *report, struct dmaload_error *err)
{
	return block(ctx, DMALOAD_VERIFY, ranges, count, options, NULL, report,
		     err);
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
	return block(ctx, DMALOAD_LOAD, range, 1, options, path, report, err);
}
