/* SPDX-License-Identifier: MIT */
#include "context/job.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "context/ctx.h"
#include "context/queue.h"
#include "context/worker.h"
#include "job/progress.h"
#include "job/request.h"
#include "report/report.h"
#include "sys/error.h"
#include "sys/options.h"
#include "sys/sys.h"

int job_check_ctx(const struct dmaload_ctx *ctx, struct dmaload_error *err)
{
	if (!ctx)
		return fail(err, -EINVAL, "no context, or no range");
	if (ctx->process != sys_process())
		return fail(err, -ECHILD, "the context belongs to this process's "
			    "parent: make one after fork()");
	return 0;
}

void job_free(struct dmaload_job *job)
{
	if (job->fd >= 0)
		sys_close(job->fd);
	request_free(&job->load);
	free(job);
}

/* A job that is checked, and holds what it needs, but does not wait yet. */
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
		r = request_take(&job->load);
	if (r < 0) {
		/* Nothing was done, and that is what the report says. */
		if (report)
			options_give(&job->load.stats.report,
				     sizeof(job->load.stats.report), report);
		job_free(job);
		return r;
	}
	job->load.err = &job->err;
	ctx_keep(ctx);
	*out = job;
	return 0;
}

/* The result of a job that has ended. */
int job_give_result(const struct dmaload_job *job,
		       struct dmaload_report *report, struct dmaload_error *err)
{
	if (report)
		options_give(&job->load.stats.report, sizeof(job->load.stats.report),
			     report);
	if (err && job->result < 0)
		*err = job->err;
	return job->result;
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
	if (!out || (unsigned)operation > DMALOAD_VERIFY)
		return fail(err, -EINVAL, "no place to put the job, or %u is no "
			    "operation", (unsigned)operation);
	r = job_make(&job, ctx, operation, ranges, count, options, NULL, err);
	if (r < 0)
		return r;

	pthread_mutex_lock(&ctx->lock);
	r = worker_start(ctx, err);
	if (r == 0)
		r = queue_enter(job, err);
	/* From now on it belongs to the worker, too. */
	if (r == 0) {
		*out = job;
		worker_wake(ctx);
		pthread_cond_broadcast(&ctx->changed);
	}
	pthread_mutex_unlock(&ctx->lock);
	if (r < 0) {
		request_withdraw(&job->load);
		job_free(job);
		ctx_let_go(ctx);
	}
	return r;
}

/* When a wait is over, in ns on CLOCK_MONOTONIC; 0: never. */
static uint64_t end_of_wait(int64_t timeout_ns)
{
	const uint64_t now = sys_now();

	if (timeout_ns == DMALOAD_FOREVER ||
	    (uint64_t)timeout_ns > UINT64_MAX / 2 - now)
		return 0;
	return now + (uint64_t)timeout_ns;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* 0 when the job has ended; -EINPROGRESS if it has not yet; or -errno. */
static int wait_for_end(struct dmaload_job *job, int64_t timeout_ns,
			struct dmaload_error *err)
{
	struct dmaload_ctx *ctx;
	uint64_t end;
	int r;

	if (!job)
		return fail(err, -EINVAL, "no job");
	ctx = job->ctx;
	r = job_check_ctx(ctx, err);
	if (r < 0)
		return r;
	end = end_of_wait(timeout_ns < 0 ? 0 : timeout_ns);

	pthread_mutex_lock(&ctx->lock);
	if (job->state != JOB_ENDED && progress_is_here(&ctx->engine))
		r = -EDEADLK;
	while (r == 0 && job->state != JOB_ENDED) {
		queue_end_if_stopped(job);
		if (job->state == JOB_ENDED)
			break;
		/* Those that waited for it may have begun, so its end is no secret. */
		if (job->state != JOB_ENDING && end != 0 && sys_now() >= end)
			r = -EINPROGRESS;
		else
			queue_wait(ctx, job->state == JOB_ENDING ? 0 :
				   earlier(end, job->state == JOB_QUEUED ?
				   job->load.request.options.deadline_ns : 0));
	}
	pthread_mutex_unlock(&ctx->lock);

	if (r == -EDEADLK)
		return fail(err, r, "a progress function cannot wait for a job "
			    "of its own context");
	if (r == -EINPROGRESS)
		return fail(err, r, "the job has not ended yet");
	return 0;
}

int dmaload_job_wait(struct dmaload_job *job, int64_t timeout_ns,
		     struct dmaload_report *report, struct dmaload_error *err)
{
	int r;

	r = report_check(report, err);
	if (r < 0)
		return r;
	r = wait_for_end(job, timeout_ns, err);
	if (r == 0)
		return job_give_result(job, report, err);
	/* Not yet: a caller may ask often, and keeps what it has. */
	if (r != -EINPROGRESS)
		report_begin(report, job && job->load.request.operation == DMALOAD_STORE,
			     NULL);
	return r;
}

static bool is_ours(const struct dmaload_job *job)
{
	return job && job->ctx->process == sys_process();
}

void dmaload_job_cancel(struct dmaload_job *job)
{
	if (!is_ours(job))
		return;
	pthread_mutex_lock(&job->ctx->lock);
	queue_stop(job);
	pthread_mutex_unlock(&job->ctx->lock);
}

void dmaload_job_destroy(struct dmaload_job *job)
{
	struct dmaload_ctx *ctx;

	if (!is_ours(job))
		return;
	ctx = job->ctx;
	pthread_mutex_lock(&ctx->lock);
	assert(job->state != JOB_RUNNING || !progress_is_of(&job->load));
	queue_stop(job);
	while (job->state != JOB_ENDED)
		pthread_cond_wait(&ctx->changed, &ctx->lock);
	pthread_mutex_unlock(&ctx->lock);
	job_free(job);
	ctx_let_go(ctx);
}

int dmaload_job_progress(struct dmaload_job *job,
			 struct dmaload_progress *progress)
{
	if (!job || !progress || !options_size_ok(progress))
		return -EINVAL;
	if (!is_ours(job))
		return -ECHILD;
	progress_look(&job->load, progress);
	return 0;
}

int dmaload_job_next_range(struct dmaload_job *job, size_t *index)
{
	int r = -EINPROGRESS;

	if (!job || !index)
		return -EINVAL;
	if (!is_ours(job))
		return -ECHILD;
	pthread_mutex_lock(&job->ctx->lock);
	if (job->told < queue_complete(job)) {
		*index = job->load.request.wants[job->told++].index;
		queue_update_fd(job);
		r = 0;
	} else if (job->state == JOB_ENDED) {
		r = -ENODATA;
	}
	pthread_mutex_unlock(&job->ctx->lock);
	return r;
}

int dmaload_job_fd(struct dmaload_job *job, struct dmaload_error *err)
{
	int r;

	if (!job)
		return fail(err, -EINVAL, "no job");
	r = job_check_ctx(job->ctx, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&job->ctx->lock);
	r = job->fd;
	if (r < 0) {
		r = job->fd = sys_event();
		queue_update_fd(job);
	}
	pthread_mutex_unlock(&job->ctx->lock);
	if (r < 0)
		return fail(err, r, "no eventfd for a job: %s", error_text(r));
	return r;
}
