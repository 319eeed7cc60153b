/* SPDX-License-Identifier: MIT */
/*
 * A thread that calls dmaload_load() does the work itself, see run.c. The
 * context's threads run submitted jobs, see worker.c. All jobs are in one list,
 * in the order of arrival, until they have ended.
 *
 * The lock is never held while a job moves on, nor while its references are
 * released.
 */
#include "context/queue.h"

#include <errno.h>
#include <pthread.h>

#include "context/ctx.h"
#include "context/events.h"
#include "context/job.h"
#include "context/run.h"
#include "context/worker.h"
#include "job/claims.h"
#include "job/request.h"
#include "load/callback.h"
#include "load/outcome.h"
#include "sys/error.h"
#include "sys/lock.h"
#include "sys/sys.h"

size_t queue_complete(const struct dmaload_job *job)
{
	return load_complete(&job->load);
}

/* Make the fd readable while there is news of the job. */
static void update_fd(struct dmaload_job *job)
{
	const bool wanted = job->state == JOB_ENDED || job->ranges_reported < queue_complete(job);

	if (job->fd < 0 || wanted == job->raised)
		return;
	if (wanted)
		sys_event_raise(job->fd);
	else
		sys_event_lower(job->fd);
	job->raised = wanted;
}

void queue_notify(struct dmaload_job *job)
{
	events_add_ranges(job);
	update_fd(job);
}

static void link_job(struct dmaload_job *job)
{
	struct dmaload_ctx *ctx = job->ctx;

	job->at = ctx->end;
	*job->at = job;
	ctx->end = &job->next;
	job->queued_at = ctx->queued_end;
	*job->queued_at = job;
	ctx->queued_end = &job->next_queued;
}

static void unlink_queued(struct dmaload_job *job)
{
	if (job->next_queued)
		job->next_queued->queued_at = job->queued_at;
	else
		job->ctx->queued_end = job->queued_at;
	*job->queued_at = job->next_queued;
	job->next_queued = NULL;
}

static void unlink_job(struct dmaload_job *job)
{
	if (job->next)
		job->next->at = job->at;
	else
		job->ctx->end = job->at;
	*job->at = job->next;
	job->next = NULL;
}

void queue_begin(struct dmaload_job *job)
{
	unlink_queued(job);
	job->state = JOB_RUNNING;
}

/* The job begins to release its references and claims. */
static void begin_end(struct dmaload_job *job)
{
	if (job->state == JOB_QUEUED)
		unlink_queued(job);
	job->state = JOB_ENDING;
	events_add_end(job);
}

static void finish_end(struct dmaload_job *job)
{
	unlink_job(job);
	job->state = JOB_ENDED;
	update_fd(job);
	events_end(job);
}

/* Releasing a mapping or an fd may take long. Called with the lock held;
 * releases it meanwhile. */
static void end_jobs(struct dmaload_job *jobs)
{
	struct dmaload_ctx *ctx = jobs->ctx;
	struct dmaload_job *job, *next;

	for (job = jobs; job; job = job->next_done)
		begin_end(job);
	pthread_mutex_unlock(&ctx->lock);
	for (job = jobs; job; job = job->next_done)
		request_drop(&job->load);
	claims_wake();
	pthread_mutex_lock(&ctx->lock);
	for (job = jobs; job; job = next) {
		next = job->next_done;
		job->next_done = NULL;
		finish_end(job);
	}
	pthread_cond_broadcast(&ctx->changed);
}

static void end_job(struct dmaload_job *job)
{
	job->next_done = NULL;
	end_jobs(job);
}

void queue_end_all(struct dmaload_job *jobs)
{
	struct dmaload_ctx *ctx = jobs->ctx;

	pthread_mutex_lock(&ctx->lock);
	end_jobs(jobs);
	pthread_mutex_unlock(&ctx->lock);
}

void queue_end(struct dmaload_job *job)
{
	job->next_done = NULL;
	queue_end_all(job);
}

void queue_end_if_stopped(struct dmaload_job *job)
{
	int r;

	if (job->state != JOB_QUEUED)
		return;
	r = load_check_stop(&job->load);
	if (r == 0)
		return;
	job->result = r;
	end_job(job);
}

uint64_t queue_expire(struct dmaload_ctx *ctx)
{
	struct dmaload_job *job = ctx->queued;
	uint64_t first = 0, deadline;

	while (job) {
		deadline = job->load.request.options.deadline_ns;
		queue_end_if_stopped(job);
		if (job->state == JOB_ENDED) {
			/* The lock was released meanwhile, so start over. */
			job = ctx->queued;
			first = 0;
			continue;
		}
		if (deadline != 0 && (first == 0 || deadline < first))
			first = deadline;
		job = job->next_queued;
	}
	return first;
}

void queue_end_stopped(struct dmaload_ctx *ctx)
{
	pthread_mutex_lock(&ctx->lock);
	queue_expire(ctx);
	pthread_mutex_unlock(&ctx->lock);
}

void queue_wait(struct dmaload_ctx *ctx, uint64_t ns)
{
	lock_wait(&ctx->lock, &ctx->changed, ns);
}

void queue_wake(struct dmaload_ctx *ctx)
{
	pthread_mutex_lock(&ctx->lock);
	worker_wake(ctx);
	pthread_cond_broadcast(&ctx->changed);
	pthread_mutex_unlock(&ctx->lock);
}

/* Add a job to the queue. Called with the lock held. */
int queue_enter(struct dmaload_job *job, struct dmaload_error *err)
{
	if (job->ctx->closing)
		return fail(err, -ECANCELED, "the context is being destroyed");
	link_job(job);
	return 0;
}

/* Wait until no earlier job conflicts. Called with the lock held. */
static int wait_for_turn(struct dmaload_job *job, struct dmaload_error *err)
{
	if (job->load.blocker && callback_is_here(NULL))
		return fail(err, -EDEADLK, "a progress function, or a transform, "
			    "cannot wait for another load of the same "
			    "buffer");
	while (job->state == JOB_QUEUED && job->load.blocker) {
		queue_wait(job->ctx, job->load.request.options.deadline_ns);
		queue_end_if_stopped(job);
	}
	while (job->state == JOB_ENDING)
		queue_wait(job->ctx, 0);
	return 0;
}

int queue_run_here(struct dmaload_job *job, struct dmaload_error *err)
{
	struct dmaload_ctx *ctx = job->ctx;
	bool runs;
	int r;

	pthread_mutex_lock(&ctx->lock);
	r = queue_enter(job, err);
	if (r == 0) {
		r = wait_for_turn(job, err);
		if (r < 0) {
			unlink_queued(job);
			unlink_job(job);
		}
	}
	runs = r == 0 && job->state == JOB_QUEUED;
	if (runs)
		queue_begin(job);
	pthread_mutex_unlock(&ctx->lock);
	if (runs) {
		run_alone(job);
		queue_end(job);
	}
	return r;
}

/* A job that is ENDING releases what load_request_stop() uses. */
void queue_request_stop(struct dmaload_job *job)
{
	if (job->state != JOB_ENDING && job->state != JOB_ENDED)
		load_request_stop(&job->load, -ECANCELED);
}

void queue_stop(struct dmaload_job *job)
{
	queue_request_stop(job);
	queue_end_if_stopped(job);
}

void queue_stop_all(struct dmaload_ctx *ctx)
{
	struct dmaload_job *job;

	for (job = ctx->first; job; job = job->next)
		queue_request_stop(job);
	queue_expire(ctx);
}
