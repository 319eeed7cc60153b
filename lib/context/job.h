/* SPDX-License-Identifier: MIT */
/*
 * Receives: what a caller asks for, now or in the background.
 * Hands on: a load, from its check to its result, moved on step by step.
 * Always:   what is wrong with a request is told before there is a job.
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stddef.h>

#include <dmaload/job.h>

#include "context/events.h"
#include "load/load.h"
#include "sys/filter.h"

struct dmaload_ctx;

/* QUEUED until a thread does it; RUNNING; ENDING while what it holds is let go; ENDED. */
enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_ENDING, JOB_ENDED };

struct dmaload_job {
	struct dmaload_ctx *ctx;
	struct load load;
	struct dmaload_error err;
	/* Not NULL: only find out the path. */
	enum dmaload_path *probed;

	/* State of the thread that does it: load_begin() was called; the calls
	 * that it may make; ranges that were complete after its last turn. */
	bool begun;
	struct filter filter;
	size_t complete;
	/* The next one that the same thread does, or that waits for one. */
	struct dmaload_job *next_done;
	/* It needs a thread of its own, and there is none for it now. */
	bool lacks_thread;

	/* Under the context's lock; see queue.h. */
	enum job_state state;
	/* Among all of the context, and among those that are QUEUED; and the pointer to
	 * this one there. */
	struct dmaload_job *next;
	struct dmaload_job **at;
	struct dmaload_job *next_queued;
	struct dmaload_job **queued_at;
	/* The thread that asked does it itself. */
	bool blocking;
	int result;
	/* Ranges that have been told, one by one. */
	size_t ranges_reported;
	struct reporting reporting;
	/* An eventfd or -1, and whether it is readable. */
	int fd;
	bool raised;
};

/* Check that a context can be used: 0, -EINVAL if it is NULL, -ECHILD in a
 * child. */
int job_check_ctx(const struct dmaload_ctx *ctx, struct dmaload_error *err);

/* A job that is checked, and holds what it needs, but is in no queue yet. report
 * is for the case that it is refused. */
int job_make(struct dmaload_job **out, struct dmaload_ctx *ctx,
	     enum dmaload_operation operation,
	     const struct dmaload_range *ranges, size_t count,
	     const struct dmaload_options *options,
	     struct dmaload_report *report, struct dmaload_error *err);
/* Free a job that is in no queue, and claims nothing. */
void job_free(struct dmaload_job *job);

/* The result of a job that has ended. */
int job_give_result(const struct dmaload_job *job,
		    struct dmaload_report *report, struct dmaload_error *err);

#endif
