/* SPDX-License-Identifier: MIT */
/*
 * All jobs that report to the same events object share one list of events. A
 * job has one event for each priority and one for its end. They are allocated
 * when the job is submitted, so reporting never needs memory.
 *
 * The end of a job enters the list before the job releases what other jobs wait
 * for. Otherwise the next job for the same bytes could overtake it. A taker
 * gets this event only once the job has ended; the events behind it wait until
 * then.
 */
#include "context/events.h"

#include <errno.h>
#include <stdlib.h>

#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "sys/error.h"
#include "sys/versioned_struct.h"
#include "sys/sys.h"

struct event *events_first(const struct dmaload_events *events)
{
	struct event *first = events->list.next;

	if (first == &events->list ||
	    (first->complete == 0 && first->job->state != JOB_ENDED))
		return NULL;
	return first;
}

/* A taker that leaves events behind wakes the next taker. */
void events_update(struct dmaload_events *events)
{
	const bool ready = events_first(events) != NULL;

	if (events->jobs == 0)
		pthread_cond_broadcast(&events->came);
	else if (ready)
		pthread_cond_signal(&events->came);
	if (events->fd < 0 || ready == events->raised)
		return;
	if (ready)
		sys_event_raise(events->fd);
	else
		sys_event_lower(events->fd);
	events->raised = ready;
}

static void append(struct dmaload_events *events, struct event *event)
{
	struct event *last = events->list.prev;

	event->prev = last;
	event->next = &events->list;
	last->next = events->list.prev = event;
}

void events_unlink(struct event *event)
{
	if (!event->next)
		return;
	event->prev->next = event->next;
	event->next->prev = event->prev;
	event->prev = event->next = NULL;
}

struct dmaload_events *events_of(const struct dmaload_options *options)
{
	struct dmaload_options copy;

	if (!options || !versioned_get(&copy, sizeof(copy), options))
		return NULL;
	return copy.events;
}

int events_check(const struct dmaload_ctx *ctx,
		 const struct dmaload_options *options, bool has_handle,
		 struct dmaload_error *err)
{
	const struct dmaload_events *events = events_of(options);

	if (!events && !has_handle)
		return fail(err, -EINVAL, "the job has no pointer to return it "
			    "in, and no events object to report to: pass one "
			    "of them");
	if (events && events->ctx != ctx)
		return fail(err, -EINVAL, "the events object belongs to "
			    "another context: create one for this context");
	return 0;
}

static size_t count_levels(const struct load *load)
{
	size_t n = 0;

	while (load->levels[n].first < load->request.n_ranges)
		n++;
	return n;
}

int events_prepare(struct dmaload_job *job, bool has_handle,
		   struct dmaload_error *err)
{
	struct reporting *reporting = &job->reporting;

	reporting->events = job->load.request.options.events;
	reporting->has_events = reporting->events != NULL;
	reporting->has_handle = has_handle;
	reporting->end.job = job;
	if (!(job->load.request.options.flags & DMALOAD_RANGE_EVENTS))
		return 0;
	reporting->ranges = calloc(count_levels(&job->load),
				   sizeof(*reporting->ranges));
	if (!reporting->ranges)
		return fail(err, -ENOMEM, "no memory for the events of a job");
	return 0;
}

void events_enter(struct dmaload_job *job)
{
	if (job->reporting.events)
		job->reporting.events->jobs++;
}

void events_add_ranges(struct dmaload_job *job)
{
	struct reporting *reporting = &job->reporting;
	const size_t complete = queue_complete(job);
	const size_t n = reporting->n_ranges;
	struct event *event;

	if (!reporting->events || !reporting->ranges ||
	    complete == (n > 0 ? reporting->ranges[n - 1].complete : 0))
		return;
	event = &reporting->ranges[reporting->n_ranges++];
	event->job = job;
	event->complete = complete;
	append(reporting->events, event);
	events_update(reporting->events);
}

void events_add_end(struct dmaload_job *job)
{
	events_add_ranges(job);
	if (job->reporting.events)
		append(job->reporting.events, &job->reporting.end);
}

void events_end(struct dmaload_job *job)
{
	if (job->reporting.events)
		events_update(job->reporting.events);
}

void events_withdraw(struct dmaload_job *job)
{
	struct reporting *reporting = &job->reporting;
	struct dmaload_events *events = reporting->events;
	size_t i;

	if (!events)
		return;
	for (i = 0; i < reporting->n_ranges; i++)
		events_unlink(&reporting->ranges[i]);
	events_unlink(&reporting->end);
	reporting->events = NULL;
	events->jobs--;
	events_update(events);
}
