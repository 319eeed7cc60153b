/* SPDX-License-Identifier: MIT */
/* Submit: from a request to a job in the queue. */
#include "context/job.h"

#include <errno.h>
#include <stdlib.h>

#include "context/ctx.h"
#include "context/queue.h"
#include "context/worker.h"
#include "job/request.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/sys.h"

int job_check_ctx(const struct dmaload_ctx *ctx, struct dmaload_error *err)
{
	if (!ctx)
		return fail(err, -EINVAL, "no context: make one by "
			    "dmaload_ctx_create()");
	if (ctx->process != sys_process())
		return fail(err, -ECHILD, "the context belongs to this "
			    "process's parent: create one after fork()");
	return 0;
}

int job_refuse_transform(const struct dmaload_options *options,
			 struct dmaload_error *err)
{
	struct dmaload_options copy;

	if (!options || !versioned_get(&copy, sizeof(copy), options) ||
	    !copy.transform)
		return 0;
	return fail(err, -EINVAL, "a new buffer gets the file's own bytes: use "
		    "dmaload_load() with a transform");
}

void job_free(struct dmaload_job *job)
{
	if (job->fd >= 0)
		sys_close(job->fd);
	free(job->reporting.ranges);
	request_free(&job->load);
	free(job);
}

int job_make(struct dmaload_job **out, struct dmaload_ctx *ctx,
	     enum dmaload_operation operation,
	     const struct dmaload_range *ranges, size_t count,
	     const struct dmaload_options *options,
	     struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_job *job;
	int r;

	job = calloc(1, sizeof(*job));
	if (!job)
		return fail(err, -ENOMEM, "no memory for a load's record");
	job->ctx = ctx;
	job->fd = -1;
	job->load.seat.engine = &ctx->engine;
	job->load.owner = &ctx->owner;
	job->load.request.operation = operation;
	job->load.err = err;
	job->load.request.reports = true;
	r = request_check(&job->load, ranges, count, options);
	if (r == 0)
		r = request_ref_all(&job->load);
	if (r < 0) {
		/* Nothing was done, so the report is empty. */
		if (report)
			versioned_put(&job->load.stats.report,
				      sizeof(job->load.stats.report), report);
		job_free(job);
		return r;
	}
	job->load.err = &job->err;
	ctx_ref(ctx);
	*out = job;
	return 0;
}

/* Append a job to the queue. From then on the worker uses it too. Without a
 * handle, the taker of its end owns it. */
static int enter(struct dmaload_job *job, struct dmaload_job **out,
		 struct dmaload_error *err)
{
	struct dmaload_ctx *ctx = job->ctx;
	int r;

	pthread_mutex_lock(&ctx->lock);
	r = worker_start(ctx, err);
	if (r == 0)
		r = queue_enter(job, err);
	if (r == 0) {
		events_enter(job);
		if (out)
			*out = job;
		worker_wake(ctx);
		pthread_cond_broadcast(&ctx->changed);
	}
	pthread_mutex_unlock(&ctx->lock);
	return r;
}

int dmaload_submit(struct dmaload_job **out, struct dmaload_ctx *ctx,
		   enum dmaload_operation operation,
		   const struct dmaload_range *ranges, size_t count,
		   const struct dmaload_options *options,
		   struct dmaload_error *err)
{
	struct dmaload_job *job;
	int r;

	r = job_check_ctx(ctx, err);
	if (r < 0)
		return r;
	if ((unsigned)operation > DMALOAD_VERIFY)
		return fail(err, -EINVAL, "operation %u is unknown",
			    (unsigned)operation);
	r = events_check(ctx, options, out != NULL, err);
	if (r == 0)
		r = job_make(&job, ctx, operation, ranges, count, options, NULL,
			     err);
	if (r < 0)
		return r;
	r = events_prepare(job, out != NULL, err);
	if (r == 0)
		r = enter(job, out, err);
	if (r < 0) {
		request_withdraw(&job->load);
		job_free(job);
		ctx_unref(ctx);
	}
	return r;
}
