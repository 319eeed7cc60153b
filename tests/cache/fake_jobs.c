/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <dmaload/events.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_parts.h"

struct dmaload_events {
	/* Events that were not taken, the oldest first. */
	struct dmaload_job *first;
	/* Jobs whose event was not taken. */
	unsigned jobs;
};

struct dmaload_job {
	struct dmaload_job *next;
	struct dmaload_range range;
	struct dmaload_events *events;
	uint64_t user_data;
	bool ended, taken;
	int result;
	char reason[64];
	unsigned waiters;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
/* Jobs in flight, the oldest first. */
static struct dmaload_job *pending;
static unsigned waiters;

void fake_jobs_reset(void)
{
	static bool made;
	pthread_condattr_t attr;

	if (made)
		return;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	made = true;
}

void fake_jobs_check_empty(void)
{
	assert_int_equal(fake.jobs, 0);
	assert_int_equal(fake.events, 0);
	assert_null(pending);
}

static void append(struct dmaload_job **at, struct dmaload_job *job)
{
	while (*at)
		at = &(*at)->next;
	*at = job;
	job->next = NULL;
}

/* End a job. Called with the lock held. */
static void end(struct dmaload_job *job, int result, const char *reason)
{
	struct dmaload_job **at = &pending;
	const struct dmaload_range *range = &job->range;
	uint64_t i;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	append(&job->events->first, job);
	for (i = 0; result == 0 && i < range->length; i++)
		range->buffer->bytes[range->buffer_offset + i] =
			fake_byte(range->file, range->file_offset + i);
	job->ended = true;
	job->result = result;
	snprintf(job->reason, sizeof(job->reason), "%s", reason);
	pthread_cond_broadcast(&changed);
}

void fake_end(int result, const char *reason)
{
	pthread_mutex_lock(&lock);
	MUST(pending);
	end(pending, result, reason);
	pthread_mutex_unlock(&lock);
}

void fake_end_newest(int result, const char *reason)
{
	struct dmaload_job *job;

	pthread_mutex_lock(&lock);
	MUST(pending);
	for (job = pending; job->next; job = job->next)
		;
	end(job, result, reason);
	pthread_mutex_unlock(&lock);
}

unsigned fake_pending(void)
{
	const struct dmaload_job *job;
	unsigned n = 0;

	pthread_mutex_lock(&lock);
	for (job = pending; job; job = job->next)
		n++;
	pthread_mutex_unlock(&lock);
	return n;
}

void fake_await_waiters(unsigned count)
{
	pthread_mutex_lock(&lock);
	while (waiters != count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

int dmaload_submit(struct dmaload_job **out, struct dmaload_ctx *ctx,
		   enum dmaload_operation operation,
		   const struct dmaload_range *ranges, size_t count,
		   const struct dmaload_options *options,
		   struct dmaload_error *err)
{
	struct dmaload_job *job;

	MUST(options->events);
	MUST(ctx == fake_ctx && operation == DMALOAD_LOAD && count == 1);
	MUST(ranges->length <= ranges->buffer->size &&
	     ranges->buffer_offset <= ranges->buffer->size - ranges->length);
	if (fake.submit_error != 0)
		return refuse(err, fake.submit_error, "no job");
	if (fake.loads)
		fake.loads(ranges);
	job = malloc(sizeof(*job));
	MUST(job);
	*job = (struct dmaload_job){
		.range = *ranges,
		.events = options->events,
		.user_data = options->user_data,
	};
	pthread_mutex_lock(&lock);
	fake.jobs++;
	fake.last = *ranges;
	fake.options = *options;
	fake.submitted++;
	job->events->jobs++;
	append(&pending, job);
	if (!fake.held && fake.failures > 0) {
		fake.failures--;
		end(job, fake.result, "the disk failed");
	} else if (!fake.held) {
		end(job, 0, "");
	}
	pthread_mutex_unlock(&lock);
	*out = job;
	return 0;
}

static struct timespec after(int64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec += (long)(ns % 1000000000);
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return until;
}

int dmaload_job_wait(struct dmaload_job *job, int64_t timeout_ns,
		     struct dmaload_report *report, struct dmaload_error *err)
{
	const bool forever = timeout_ns == DMALOAD_FOREVER;
	const struct timespec until = after(forever || timeout_ns < 0 ? 0 :
					    timeout_ns);
	bool waits;
	int r = 0;

	MUST(!report);
	pthread_mutex_lock(&lock);
	waits = !job->ended;
	job->waiters++;
	waiters += waits;
	pthread_cond_broadcast(&changed);
	while (!job->ended && r == 0)
		r = forever ? pthread_cond_wait(&changed, &lock) :
			      pthread_cond_timedwait(&changed, &lock, &until);
	job->waiters--;
	waiters -= waits;
	pthread_cond_broadcast(&changed);
	if (job->ended)
		r = job->result < 0 ? refuse(err, job->result, job->reason) : 0;
	else
		r = refuse(err, -EINPROGRESS, "not yet");
	pthread_mutex_unlock(&lock);
	return r;
}

void dmaload_job_cancel(struct dmaload_job *job)
{
	pthread_mutex_lock(&lock);
	if (!job->ended) {
		fake.canceled++;
		end(job, -ECANCELED, "canceled");
	}
	pthread_mutex_unlock(&lock);
}

void dmaload_job_set_urgent(struct dmaload_job *job)
{
	pthread_mutex_lock(&lock);
	MUST(job);
	fake.hurried++;
	pthread_mutex_unlock(&lock);
}

void dmaload_job_destroy(struct dmaload_job *job)
{
	pthread_mutex_lock(&lock);
	MUST(job->ended && job->waiters == 0 && job->taken);
	fake.jobs--;
	pthread_mutex_unlock(&lock);
	free(job);
}

int dmaload_events_create(struct dmaload_events **out, struct dmaload_ctx *ctx,
			  struct dmaload_error *err)
{
	struct dmaload_events *events;

	MUST(ctx == fake_ctx);
	if (fake.events_error != 0)
		return refuse(err, fake.events_error, "no events");
	events = malloc(sizeof(*events));
	MUST(events);
	*events = (struct dmaload_events){ .first = NULL };
	fake.events++;
	*out = events;
	return 0;
}

void dmaload_events_destroy(struct dmaload_events *events)
{
	MUST(events->jobs == 0);
	fake.events--;
	free(events);
}

/* The cache waits only if an event will come. */
int dmaload_events_next(struct dmaload_events *events, int64_t timeout_ns,
			struct dmaload_event *event,
			struct dmaload_report *report, struct dmaload_error *err)
{
	struct dmaload_job *job;

	MUST(timeout_ns == DMALOAD_FOREVER && !report && !err);
	MUST(event->size == sizeof(*event));
	pthread_mutex_lock(&lock);
	MUST(events->jobs > 0);
	waiters++;
	pthread_cond_broadcast(&changed);
	while (!events->first)
		pthread_cond_wait(&changed, &lock);
	waiters--;
	pthread_cond_broadcast(&changed);
	job = events->first;
	events->first = job->next;
	events->jobs--;
	job->taken = true;
	*event = (struct dmaload_event){
		.size = sizeof(*event),
		.user_data = job->user_data,
		.job = job,
		.kind = DMALOAD_EVENT_END,
		.result = job->result,
	};
	if (job->result < 0)
		refuse(&event->error, job->result, job->reason);
	pthread_mutex_unlock(&lock);
	return 0;
}
