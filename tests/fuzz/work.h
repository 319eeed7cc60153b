/* SPDX-License-Identifier: MIT */
/*
 * Demands under way: a blocking call and jobs. A window lasts from the first of them to
 * the end of the last. Within it, progress functions read further decisions from the
 * input. They run in several threads, one at a time; see schedule.h.
 */
#ifndef WORK_H
#define WORK_H

#include "demand.h"

#define WORKS 8

struct work {
	struct demand demand;
	/* NULL for a blocking call, and after the job is destroyed. */
	struct dmaload_job *job;
	int result;
	bool has_ended;
	/* Canceled, or with a deadline. */
	bool was_stopped;
	/* Refused, or ended in the queue: it has done nothing. */
	bool is_untouched;
	/* Destroyed before its result was known. */
	bool is_destroyed;
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

/* The rest is shared by work.c, interfere.c and window.c. */

/* Draw a demand into a free place. Return NULL if there is none. */
struct work *work_draw(void);
/* Submit it as a job. */
void work_begin(struct work *work);
/* The progress function of all demands. */
int work_progress(const struct dmaload_progress *progress, void *data);
/* Take the ranges that are reported as complete, and check each. */
void work_take_ranges(struct work *work);
void work_check_report(const struct work *work, int result,
		       const struct dmaload_report *report);

#endif
