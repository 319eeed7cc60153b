/* SPDX-License-Identifier: MIT */
/*
 * Receives: what happens to jobs that report.
 * Hands on: each event to one taker, in the order in which they happened.
 * Always:   an event is a part of its job, so none needs memory when it happens. The
 *           caller holds the context's lock, unless it says otherwise.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <dmaload/events.h>

struct dmaload_job;

/* Ranges that were completed together, or the end of a job. */
struct event {
	struct dmaload_job *job;
	/* How many ranges were complete then; 0: the end. */
	size_t complete;
	/* NULL: it is in no list. */
	struct event *prev, *next;
};

struct dmaload_events {
	struct dmaload_ctx *ctx;

	/* All that follows is under the context's lock. */
	/* A ring: behind this one comes the oldest. */
	struct event list;
	/* Jobs whose end was not taken. */
	size_t jobs;
	/* There is an event, or no job any more. On CLOCK_MONOTONIC. */
	pthread_cond_t came;
	/* An eventfd or -1, and whether it is readable. */
	int fd;
	bool raised;
};

/* The part of a job. */
struct reporting {
	/* NULL: to nobody, or its end was taken. */
	struct dmaload_events *events;
	/* It was submitted with events; and with a handle. */
	bool has_events;
	bool has_handle;
	/* One for each priority, if ranges are wanted; how many have happened. */
	struct event *ranges;
	size_t n_ranges;
	struct event end;
};

/* Where a job is to report that has such options; NULL: nowhere. No lock. */
struct dmaload_events *events_of(const struct dmaload_options *options);

/* Check where a job is to report, and make its events. 0 or -errno. No lock. */
int events_check(const struct dmaload_ctx *ctx,
		 const struct dmaload_options *options, bool has_handle,
		 struct dmaload_error *err);
int events_prepare(struct dmaload_job *job, bool has_handle,
		   struct dmaload_error *err);

/* A job has been submitted. */
void events_enter(struct dmaload_job *job);
/* Some of its ranges may be complete. */
void events_add_ranges(struct dmaload_job *job);
/* It is about to end, and lets others begin that wait for it; and it has ended. */
void events_add_end(struct dmaload_job *job);
void events_end(struct dmaload_job *job);
/* Forget the events of a job that were not taken. */
void events_withdraw(struct dmaload_job *job);

/* The next event; NULL: there is none yet. */
struct event *events_first(const struct dmaload_events *events);
void events_unlink(struct event *event);
/* After each change: tell those who wait, and the fd. */
void events_update(struct dmaload_events *events);

#endif
