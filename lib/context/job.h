/* SPDX-License-Identifier: MIT */
/*
 * Receives: a request of the caller, blocking or in the background.
 * Hands on: a load, from its check to its result, moved on step by step.
 * Always:   a wrong request is refused before there is a job.
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

/* QUEUED until a thread starts it, then RUNNING; ENDING while it releases its
 * references and claims; ENDED. */
enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_ENDING, JOB_ENDED };

struct dmaload_job {
	struct dmaload_ctx *ctx;
	struct load load;
	struct dmaload_error err;
	/* Not NULL: only choose the path, and store it here. */
	enum dmaload_path *probed;

	/* Owned by the thread that runs the job: whether load_begin() was
	 * called; the system calls that it may make; the ranges that were
	 * complete after its last turn. */
	bool begun;
	struct filter filter;
	size_t complete;
	/* The next job of the same thread, or the next that waits for a
	 * thread. */
	struct dmaload_job *next_done;
	/* The job needs its own thread, and none is free now. */
	bool lacks_thread;

	/* Under the context's lock; see queue.h. */
	enum job_state state;
	/* Links in the list of all jobs and in the list of QUEUED jobs, each
	 * with the pointer to this job there. */
	struct dmaload_job *next;
	struct dmaload_job **at;
	struct dmaload_job *next_queued;
	struct dmaload_job **queued_at;
	/* The thread that called runs the job itself. */
	bool blocking;
	int result;
	/* Ranges that were returned one by one to the caller. */
	size_t ranges_reported;
	struct reporting reporting;
	/* An eventfd, or -1; and whether it is readable. */
	int fd;
	bool raised;
};

/* Check that a context can be used. Return 0, -EINVAL if it is NULL, or -ECHILD
 * in a child of fork(). */
int job_check_ctx(const struct dmaload_ctx *ctx, struct dmaload_error *err);

/* Refuse a transform for a call that makes the buffer. Return 0 or -EINVAL. */
int job_refuse_transform(const struct dmaload_options *options,
			 struct dmaload_error *err);

/* Check a request and create a job for it, with all memory that it needs, in no
 * queue yet. If the request is refused, report says so. */
int job_make(struct dmaload_job **out, struct dmaload_ctx *ctx,
	     enum dmaload_operation operation,
	     const struct dmaload_range *ranges, size_t count,
	     const struct dmaload_options *options,
	     struct dmaload_report *report, struct dmaload_error *err);
/* Free a job that is in no queue and has no claims. */
void job_free(struct dmaload_job *job);

/* Return the result of a job that has ended. */
int job_give_result(const struct dmaload_job *job,
		    struct dmaload_report *report, struct dmaload_error *err);

#endif
