/* SPDX-License-Identifier: MIT */
/*
 * Whoever calls dmaload_load() and waits does the work in its own thread; what is
 * submitted is done by the context's. Both stand in the same queue, since they
 * share the pool, and both go through run(): there is one way to do a load.
 *
 * The lock is never held while a job is moved on, nor while a progress function is
 * called.
 */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "account.h"
#include "ctx.h"
#include "engine.h"
#include "error.h"
#include "filter.h"
#include "job.h"
#include "pump.h"
#include "request.h"
#include "sys.h"
#include "timespec.h"

size_t queue_complete(const struct dmaload_job *job)
{
	return load_complete(&job->load);
}

/* The fd is readable as long as there is something to be learnt. Locked. */
void queue_update_fd(struct dmaload_job *job)
{
	const bool wanted = job->state == JOB_ENDED || job->told < queue_complete(job);

	if (job->fd < 0 || wanted == job->raised)
		return;
	if (wanted)
		sys_event_raise(job->fd);
	else
		sys_event_lower(job->fd);
	job->raised = wanted;
}

/* The job is over, and out of the queue. Locked. */
static void end_job(struct dmaload_job *job, int result)
{
	struct dmaload_ctx *ctx = job->ctx;
	struct dmaload_job **at = &ctx->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	job->next = NULL;
	job->result = result;
	job->state = JOB_ENDED;
	request_drop(&job->load);
	queue_update_fd(job);
	pthread_cond_broadcast(&ctx->changed);
}

/* A job that waits for its turn has no need to. Locked. */
void queue_end_if_stopped(struct dmaload_job *job)
{
	int r;

	if (job->state != JOB_QUEUED)
		return;
	r = account_stop(&job->load);
	if (r < 0)
		end_job(job, r);
}

/* End those whose deadline has passed; the next deadline, or 0. Locked. */
static uint64_t expire(struct dmaload_ctx *ctx)
{
	struct dmaload_job *job, *next;
	uint64_t first = 0, deadline;

	for (job = ctx->first; job; job = next) {
		next = job->next;
		deadline = job->load.options.deadline_ns;
		queue_end_if_stopped(job);
		if (job->state == JOB_QUEUED && deadline != 0 &&
		    (first == 0 || deadline < first))
			first = deadline;
	}
	return first;
}

void queue_end_stopped(struct dmaload_ctx *ctx)
{
	pthread_mutex_lock(&ctx->lock);
	expire(ctx);
	pthread_mutex_unlock(&ctx->lock);
}

/* Locked. */
void queue_wait(struct dmaload_ctx *ctx, uint64_t ns)
{
	const struct timespec until = timespec_of(ns);

	if (ns == 0)
		pthread_cond_wait(&ctx->changed, &ctx->lock);
	else
		pthread_cond_timedwait(&ctx->changed, &ctx->lock, &until);
}

/* After each step: what others wait for may have come. */
static void tell(struct dmaload_job *job)
{
	struct dmaload_ctx *ctx = job->ctx;

	pthread_mutex_lock(&ctx->lock);
	queue_update_fd(job);
	if (ctx->first->next)
		expire(ctx);
	pthread_mutex_unlock(&ctx->lock);
}

static int run_steps(struct dmaload_job *job)
{
	struct load *load = &job->load;
	int r, stop;
	bool idle;

	if (job->probed)
		return load_end(load, load_probe(load, job->probed));
	r = load_begin(load);
	if (r < 0)
		return load_end(load, r);
	do {
		r = load_step(load, &idle);
		/* What a store writes at the end of a step is not waited for. */
		if (r > 0 && idle && load->pump->in_flight > 0) {
			pump_reap(load->pump, true);
			continue;
		}
		/* Before a progress function, which may take its time. */
		tell(job);
		stop = r < 0 ? 0 : load_look_up(load);
		if (stop < 0)
			r = stop;
	} while (r > 0);
	return load_end(load, r);
}

/* What may be called is decided for the thread that does it, and for each load. */
static int run(struct dmaload_job *job)
{
	struct dmaload_report *report = &job->load.report;
	struct filter filter;
	int r;

	filter = filter_enter(job->load.engine->syscalls);
	r = run_steps(job);
	filter = filter_leave(filter);
	report->syscalls = filter.level;
	if (filter.fact[0])
		snprintf(report->syscalls_reduced,
			 sizeof(report->syscalls_reduced), "%s: %s", filter.fact,
			 filter.remedy);
	return r;
}

/* Do the first job. Locked, but not while it is done. */
static void run_first(struct dmaload_ctx *ctx)
{
	struct dmaload_job *job = ctx->first;
	int r;

	job->state = JOB_RUNNING;
	ctx->running = true;
	ctx->runner = pthread_self();
	pthread_mutex_unlock(&ctx->lock);
	r = run(job);
	pthread_mutex_lock(&ctx->lock);
	ctx->running = false;
	end_job(job, r);
}

static void *work(void *arg)
{
	struct dmaload_ctx *ctx = arg;
	uint64_t deadline;

	pthread_mutex_lock(&ctx->lock);
	while (ctx->first || !ctx->closing) {
		deadline = expire(ctx);
		if (ctx->first && ctx->first->state == JOB_QUEUED &&
		    !ctx->first->blocking)
			run_first(ctx);
		else if (ctx->first || !ctx->closing)
			queue_wait(ctx, deadline);
	}
	pthread_mutex_unlock(&ctx->lock);
	return NULL;
}

/* Signals are for the threads of the program. Locked. */
int queue_start_worker(struct dmaload_ctx *ctx, struct dmaload_error *err)
{
	sigset_t all, before;
	int r;

	if (ctx->has_worker)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&ctx->worker, NULL, work, ctx);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return fail(err, -r, "the context's thread cannot be started: "
			    "%s", error_text(-r));
	ctx->has_worker = true;
	return 0;
}

/* Into the queue. Locked. */
int queue_enter(struct dmaload_job *job, struct dmaload_error *err)
{
	struct dmaload_job **at = &job->ctx->first;

	if (job->ctx->closing)
		return fail(err, -ECANCELED, "the context is being destroyed");
	while (*at)
		at = &(*at)->next;
	*at = job;
	return 0;
}

/* Wait for the turn, and do the job, unless it has ended before. */
int queue_run_in_turn(struct dmaload_job *job, struct dmaload_error *err)
{
	struct dmaload_ctx *ctx = job->ctx;
	int r;

	pthread_mutex_lock(&ctx->lock);
	r = queue_enter(job, err);
	while (r == 0 && job->state == JOB_QUEUED && ctx->first != job) {
		queue_wait(ctx, job->load.options.deadline_ns);
		queue_end_if_stopped(job);
	}
	if (r == 0 && job->state == JOB_QUEUED)
		run_first(ctx);
	pthread_mutex_unlock(&ctx->lock);
	return r;
}

void queue_stop(struct dmaload_job *job)
{
	if (job->state == JOB_ENDED)
		return;
	claim_stop(&job->load, -ECANCELED);
	queue_end_if_stopped(job);
}

void queue_stop_all(struct dmaload_ctx *ctx)
{
	struct dmaload_job *job, *next;

	for (job = ctx->first; job; job = next) {
		next = job->next;
		queue_stop(job);
	}
}
