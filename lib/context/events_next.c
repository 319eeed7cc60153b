/* SPDX-License-Identifier: MIT */
/* The events object, and taking events from it. */
#include <dmaload/events.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "common/thread.h"
#include "context/ctx.h"
#include "context/events.h"
#include "context/job.h"
#include "context/queue.h"
#include "load/callback.h"
#include "report/report.h"
#include "sys/error.h"
#include "sys/lock.h"
#include "sys/sys.h"
#include "sys/versioned_struct.h"

int dmaload_events_create(struct dmaload_events **out, struct dmaload_ctx *ctx,
			  struct dmaload_error *err)
{
	struct dmaload_events *events;
	int r;

	if (!out || !ctx)
		return fail(err, -EINVAL, "no context, or the pointer for the "
			    "events object is NULL");
	r = job_check_ctx(ctx, err);
	if (r < 0)
		return r;
	events = calloc(1, sizeof(*events));
	if (!events || condition_init(&events->came) < 0) {
		free(events);
		return fail(err, -ENOMEM, "no memory for an events object");
	}
	events->ctx = ctx;
	events->list.prev = events->list.next = &events->list;
	events->fd = -1;
	ctx_ref(ctx);
	*out = events;
	return 0;
}

/* Free a job that was submitted without a handle. Needs no lock. */
static void free_job(struct dmaload_job *job)
{
	struct dmaload_ctx *ctx = job->ctx;

	job_free(job);
	ctx_unref(ctx);
}

static bool is_left_alone(const struct dmaload_job *job,
			  const struct dmaload_events *events)
{
	return job->reporting.events == events && !job->reporting.has_handle;
}

/* Stop the jobs without a handle, since no caller can learn of them any more.
 * Called with the lock held; releases it meanwhile. */
static void stop_all(struct dmaload_events *events)
{
	struct dmaload_ctx *ctx = events->ctx;
	struct dmaload_job *job;

	for (job = ctx->first; job; job = job->next)
		if (is_left_alone(job, events))
			queue_request_stop(job);
	queue_expire(ctx);
	job = ctx->first;
	while (job) {
		if (!is_left_alone(job, events)) {
			job = job->next;
			continue;
		}
		pthread_cond_wait(&ctx->changed, &ctx->lock);
		job = ctx->first;
	}
}

/* Return the jobs that have no other owner to free them. Called with the lock
 * held. */
static struct dmaload_job *withdraw_all(struct dmaload_events *events)
{
	struct dmaload_job *unowned = NULL, *job;

	for (job = events->ctx->first; job; job = job->next)
		if (job->reporting.events == events)
			events_withdraw(job);
	/* Only ends of finished jobs are left. */
	while (events->list.next != &events->list) {
		job = events->list.next->job;
		events_withdraw(job);
		if (job->reporting.has_handle)
			continue;
		job->next = unowned;
		unowned = job;
	}
	return unowned;
}

void dmaload_events_destroy(struct dmaload_events *events)
{
	struct dmaload_job *job, *next;
	struct dmaload_ctx *ctx;

	if (!events || events->ctx->process != sys_process())
		return;
	ctx = events->ctx;
	assert(!callback_is_here(&ctx->engine));
	pthread_mutex_lock(&ctx->lock);
	stop_all(events);
	job = withdraw_all(events);
	pthread_mutex_unlock(&ctx->lock);
	for (; job; job = next) {
		next = job->next;
		free_job(job);
	}
	if (events->fd >= 0)
		sys_close(events->fd);
	pthread_cond_destroy(&events->came);
	free(events);
	ctx_unref(ctx);
}

/* Take an event. Return the job if the caller has to free it. */
static struct dmaload_job *get_event(struct dmaload_events *events,
				     struct event *event, struct dmaload_event *given,
				     struct dmaload_report *report)
{
	struct dmaload_job *job = event->job;

	given->user_data = job->load.request.options.user_data;
	given->job = job->reporting.has_handle ? job : NULL;
	if (event->complete > 0) {
		given->kind = DMALOAD_EVENT_RANGE;
		given->range = job->load.request.ranges[job->ranges_reported++].index;
		if (job->ranges_reported == event->complete)
			events_unlink(event);
		events_update(events);
		return NULL;
	}
	given->kind = DMALOAD_EVENT_END;
	given->result = job_give_result(job, report, &given->error);
	events_withdraw(job);
	return job->reporting.has_handle ? NULL : job;
}

/* Wait for an event. Return 0 or -errno. */
static int wait_for_event(struct dmaload_events *events, int64_t timeout_ns)
{
	struct dmaload_ctx *ctx = events->ctx;
	const uint64_t end = lock_end_of_wait(timeout_ns);

	while (!events_first(events)) {
		if (events->jobs == 0)
			return -ENODATA;
		if (end != 0 && sys_now() >= end)
			return -EINPROGRESS;
		if (callback_is_here(&ctx->engine))
			return -EDEADLK;
		lock_wait(&ctx->lock, &events->came, end);
	}
	return 0;
}

static int explain(struct dmaload_error *err, int code)
{
	switch (code) {
	case -ENODATA:
		return fail(err, code, "no event, and no job in flight that "
			    "would report one: submit a job");
	case -EINPROGRESS:
		return fail(err, code, "no event yet");
	case -EDEADLK:
		return fail(err, code, "a progress function, or a transform, "
			    "cannot wait for events of its own context");
	default:
		return code;
	}
}

static int next(struct dmaload_events *events, int64_t timeout_ns,
		struct dmaload_event *event, struct dmaload_report *report,
		struct dmaload_error *err)
{
	struct dmaload_event given = { .size = sizeof(given) };
	struct dmaload_job *job = NULL;
	int r;

	if (!events || !event || !versioned_size_ok(event))
		return fail(err, -EINVAL, "no events object, or no struct "
			    "dmaload_event with its size set");
	r = job_check_ctx(events->ctx, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&events->ctx->lock);
	r = wait_for_event(events, timeout_ns);
	if (r == 0)
		job = get_event(events, events_first(events), &given, report);
	pthread_mutex_unlock(&events->ctx->lock);
	if (job)
		free_job(job);
	if (r == 0)
		versioned_put(&given, sizeof(given), event);
	return explain(err, r);
}

int dmaload_events_next(struct dmaload_events *events, int64_t timeout_ns,
			struct dmaload_event *event,
			struct dmaload_report *report, struct dmaload_error *err)
{
	int r;

	r = report_check(report, err);
	if (r < 0)
		return r;
	r = next(events, timeout_ns, event, report, err);
	/* Callers may poll, so keep their err as it is. */
	if (r < 0 && r != -EINPROGRESS && r != -ENODATA)
		report_begin(report, false, NULL);
	return r;
}

int dmaload_events_fd(struct dmaload_events *events, struct dmaload_error *err)
{
	int r;

	if (!events)
		return fail(err, -EINVAL, "no events object");
	r = job_check_ctx(events->ctx, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&events->ctx->lock);
	r = events->fd;
	if (r < 0) {
		r = events->fd = sys_event();
		events_update(events);
	}
	pthread_mutex_unlock(&events->ctx->lock);
	if (r < 0)
		return fail(err, r, "cannot create an eventfd for events: %s",
			    error_text(r));
	return r;
}
