/* SPDX-License-Identifier: MIT */
/*
 * Demands under way: a blocking call and jobs. A window lasts from the first of them to
 * the end of the last. Within it, progress functions read further decisions from the
 * input. They run in several threads, one at a time; see schedule.h.
 */
#ifndef WORK_H
#define WORK_H

#include <pthread.h>

#include "demand.h"

#define WORKS 8

struct work {
	struct demand demand;
	/* NULL for a blocking call, and after the job is destroyed. */
	struct dmaload_job *job;
	/* The thread of a blocking call. */
	pthread_t caller;
	bool is_call;
	int result;
	bool has_ended;
	/* Canceled, or with a deadline. */
	bool was_stopped;
	/* Refused, or ended in the queue: it has done nothing. */
	bool is_untouched;
	/* Another thread is canceling it, so it must not be destroyed. */
	bool is_busy;
	/* Destroyed before its result was known. */
	bool is_destroyed;
	/* It reports to the events of the context; it has no handle; its end was taken. */
	bool reports;
	bool is_alone;
	bool is_told;
	/* The events were destroyed before its end was taken. */
	bool is_mute;
	/* Ranges that the library has reported as complete. */
	bool complete[RANGES_MAX];
	size_t n_complete;
	struct dmaload_progress progress;
};

extern struct work works[WORKS];
/* They are in the order of submission. */
extern unsigned n_works;

/* Draw a demand, and make it by a blocking call or as a job. */
void work_block(void);
void work_submit(void);
/* Submit several jobs, and perhaps make a blocking call. */
void work_crowd(void);
/* Submit a job, and destroy its context while it runs. */
void work_submit_and_destroy(void);
/* Probe a load. */
void work_probe(void);

/* Wait for all jobs, and compare everything with what is expected. */
void work_finish(void);

/* Check an error by the rules of error.h: written on failure only. */
void work_check_error(int result, const struct dmaload_error *err);
/* Prepare an error for work_check_error(). */
void work_clear_error(struct dmaload_error *err);

/* The rest is shared by work.c, interfere.c, window.c and events.c. */

/* Draw a demand into a free place. Return NULL if there is none. */
struct work *work_draw(void);
/* Submit it as a job. */
void work_begin(struct work *work);
/* The progress function of all demands. */
int work_progress(const struct dmaload_progress *progress, void *data);
/* Do something else in a function of a demand. Return true to stop the demand. */
bool work_interfere(struct work *work);
/* Take the ranges that are reported as complete, and check each. */
void work_take_ranges(struct work *work);
void work_check_report(const struct work *work, int result,
		       const struct dmaload_report *report);

/* Choose whether the job of a work reports to events, and whether it has a handle. */
void work_choose_events(struct work *work, struct dmaload_options *options);
/* Note that a range is complete. checks: its bytes cannot have changed since. */
void work_note_range(struct work *work, size_t index, bool checks);
/* Take an event, of any work, in the progress function of one, or NULL. Return false if there
 * is none. */
bool work_take_event(const struct work *running, int64_t timeout_ns);
/* Take events until a work has ended. */
void work_await_end(struct work *work);
/* Check that the fd is readable if there is an event, and take the event. */
void work_check_fd(const struct work *running);
/* Destroy the events with the jobs that have no handle. */
void work_destroy_events(void);

#endif
