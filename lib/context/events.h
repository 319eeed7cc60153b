/* SPDX-License-Identifier: MIT */
/*
 * Receives: what happens to jobs that report events.
 * Hands on: each event to one taker, in the order in which they happened.
 * Always:   events are part of their job, so an event needs no memory when it
 *           happens. The caller holds the context's lock, unless a function
 *           says otherwise.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <dmaload/events.h>

struct dmaload_job;

/* Ranges that became complete together, or the end of a job. */
struct event {
	struct dmaload_job *job;
	/* How many ranges were complete by then; 0 marks the end of the job. */
	size_t complete;
	/* NULL: in no list. */
	struct event *prev, *next;
};

struct dmaload_events {
	struct dmaload_ctx *ctx;

	/* The context's lock protects everything below. */
	/* A ring: the oldest event follows this head. */
	struct event list;
	/* Jobs whose end was not taken yet. */
	size_t jobs;
	/* Signaled when an event is added or the last job is gone. Uses
	 * CLOCK_MONOTONIC. */
	pthread_cond_t came;
	/* An eventfd, or -1; and whether it is readable. */
	int fd;
	bool raised;
};

/* The event state of one job. */
struct reporting {
	/* NULL: the job reports no events, or its end was taken. */
	struct dmaload_events *events;
	/* The job was submitted with events; and with a handle. */
	bool has_events;
	bool has_handle;
	/* One event for each priority, if range events were requested; and how
	 * many have happened. */
	struct event *ranges;
	size_t n_ranges;
	struct event end;
};

/* Return where a job with these options reports, or NULL. Needs no lock. */
struct dmaload_events *events_of(const struct dmaload_options *options);

/* Check where a job reports, and allocate its events. Return 0 or -errno. Needs
 * no lock. */
int events_check(const struct dmaload_ctx *ctx,
		 const struct dmaload_options *options, bool has_handle,
		 struct dmaload_error *err);
int events_prepare(struct dmaload_job *job, bool has_handle,
		   struct dmaload_error *err);

/* Record that a job was submitted. */
void events_enter(struct dmaload_job *job);
/* Add events for ranges that have become complete. */
void events_add_ranges(struct dmaload_job *job);
/* Add the end of a job, before the jobs that wait for it may begin; and mark
 * that it has ended. */
void events_add_end(struct dmaload_job *job);
void events_end(struct dmaload_job *job);
/* Discard the events of a job that were not taken. */
void events_withdraw(struct dmaload_job *job);

/* Return the next event, or NULL if there is none yet. */
struct event *events_first(const struct dmaload_events *events);
void events_unlink(struct event *event);
/* Update the waiting threads and the fd after a change. */
void events_update(struct dmaload_events *events);

#endif
