/* SPDX-License-Identifier: MIT */
/* Calls on a submitted job. */
#include "context/job.h"

#include <assert.h>
#include <errno.h>

#include "context/ctx.h"
#include "context/queue.h"
#include "job/claims.h"
#include "job/progress.h"
#include "load/callback.h"
#include "report/report.h"
#include "sys/error.h"
#include "sys/lock.h"
#include "sys/sys.h"
#include "sys/versioned_struct.h"

int job_give_result(const struct dmaload_job *job,
		    struct dmaload_report *report, struct dmaload_error *err)
{
	if (report)
		versioned_put(&job->load.stats.report,
			      sizeof(job->load.stats.report), report);
	if (err && job->result < 0)
		*err = job->err;
	return job->result;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Wait until a job ends. Return 0, -EINPROGRESS if it has not ended yet, or
 * -errno. */
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
	end = lock_end_of_wait(timeout_ns);

	pthread_mutex_lock(&ctx->lock);
	if (job->state != JOB_ENDED && callback_is_here(&ctx->engine))
		r = -EDEADLK;
	while (r == 0 && job->state != JOB_ENDED) {
		queue_end_if_stopped(job);
		if (job->state == JOB_ENDED)
			break;
		/* Jobs that waited for this one may have begun already, so
		 * report its end now. */
		if (job->state != JOB_ENDING && end != 0 && sys_now() >= end)
			r = -EINPROGRESS;
		else
			queue_wait(ctx, job->state == JOB_ENDING ? 0 :
				   earlier(end, job->state == JOB_QUEUED ?
				   job->load.request.options.deadline_ns : 0));
	}
	pthread_mutex_unlock(&ctx->lock);

	if (r == -EDEADLK)
		return fail(err, r, "a progress function, or a transform, cannot "
			    "wait for a job of its own context");
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
	/* Callers may poll, so keep their err as it is. */
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

void dmaload_job_set_urgent(struct dmaload_job *job)
{
	if (!is_ours(job))
		return;
	claims_hurry(&job->load);
	queue_wake(job->ctx);
}

uint64_t dmaload_job_user_data(const struct dmaload_job *job)
{
	return job ? job->load.request.options.user_data : 0;
}

void dmaload_job_destroy(struct dmaload_job *job)
{
	struct dmaload_ctx *ctx;

	if (!is_ours(job))
		return;
	ctx = job->ctx;
	pthread_mutex_lock(&ctx->lock);
	assert(job->state != JOB_RUNNING || !callback_is_of(&job->load));
	/* The handle is about to be freed, so no event may name it. */
	events_withdraw(job);
	queue_stop(job);
	while (job->state != JOB_ENDED)
		pthread_cond_wait(&ctx->changed, &ctx->lock);
	pthread_mutex_unlock(&ctx->lock);
	job_free(job);
	ctx_unref(ctx);
}

int dmaload_job_progress(struct dmaload_job *job,
			 struct dmaload_progress *progress)
{
	if (!job || !progress || !versioned_size_ok(progress))
		return -EINVAL;
	if (!is_ours(job))
		return -ECHILD;
	progress_query(&job->load, progress);
	return 0;
}

int dmaload_job_next_range(struct dmaload_job *job, size_t *index)
{
	int r = -EINPROGRESS;

	if (!job || !index)
		return -EINVAL;
	if (!is_ours(job))
		return -ECHILD;
	if (job->reporting.has_events)
		return -EINVAL;
	pthread_mutex_lock(&job->ctx->lock);
	if (job->ranges_reported < queue_complete(job)) {
		*index = job->load.request.ranges[job->ranges_reported++].index;
		queue_notify(job);
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
	if (job->reporting.has_events)
		return fail(err, -EINVAL, "the job reports to its events: use "
			    "dmaload_events_fd()");
	pthread_mutex_lock(&job->ctx->lock);
	r = job->fd;
	if (r < 0) {
		r = job->fd = sys_event();
		queue_notify(job);
	}
	pthread_mutex_unlock(&job->ctx->lock);
	if (r < 0)
		return fail(err, r, "cannot create an eventfd for a job: %s",
			    error_text(r));
	return r;
}
