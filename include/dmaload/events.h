/* SPDX-License-Identifier: MIT */
/** @file One fd, or one wait, for any number of jobs. */
#ifndef DMALOAD_EVENTS_H
#define DMALOAD_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>
#include <dmaload/job.h>
#include <dmaload/load.h>
#include <dmaload/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A queue of events: one fd, or one wait, for any number of jobs. Opaque.
 *
 * A job reports to the queue that dmaload_options::events names when it is
 * submitted. Its end is an event. With DMALOAD_RANGE_EVENTS, each complete
 * range is one too. dmaload_events_next() returns events in the order in which
 * they happened: for each job its ranges in the order of completion, then its
 * end. Any number of threads may take events at the same time; each event goes
 * to one of them.
 *
 * A context may have several queues. So a thread, or a library that shares the
 * context with the program, gets the events of its own jobs and no others.
 *
 * Each job has memory for its events from the start, so no event is ever lost.
 */
struct dmaload_events;

/**
 * Make a queue of events.
 *
 * @param out  receives the queue; dmaload_events_destroy() frees it
 * @param ctx  the context of the jobs that will report here
 * @param err  receives the reason of a failure, or NULL
 * @return 0; -EINVAL if out or ctx is NULL; -ENOMEM; -ECHILD if the context
 *         belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_events_create(struct dmaload_events **out,
				      struct dmaload_ctx *ctx,
				      struct dmaload_error *err);

/**
 * Free a queue with its fd and the events that were not taken.
 *
 * Cancels the jobs that report here and have no handle, waits until none of
 * their requests is in flight, and frees them. Jobs with a handle go on without
 * events: use dmaload_job_wait().
 *
 * You may destroy the context before the queue. Its jobs then end with
 * -ECANCELED, and you can still take their events. Do not call this from a
 * progress function of the context (asserted). NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_events_destroy(struct dmaload_events *events);

/** The kind of an event. Later versions may add values. Since: 0.1 */
enum dmaload_event_kind {
	/** A range is complete, for the CPU and for devices:
	 * dmaload_job_next_range() says what this means. */
	DMALOAD_EVENT_RANGE = 0,
	/** The job has ended. The last event of a job. */
	DMALOAD_EVENT_END = 1,
};

/**
 * An event. Owned by the caller, who initialises it with DMALOAD_EVENT_INIT;
 * dmaload_events_next() fills it in.
 *
 * Since: 0.1
 */
struct dmaload_event {
	/** In: the size of the struct, set by DMALOAD_EVENT_INIT. */
	size_t size;
	/** dmaload_options::user_data of the job. */
	uint64_t user_data;
	/** The job; NULL if it was submitted without a handle. */
	struct dmaload_job *job;
	/** enum dmaload_event_kind: a complete range, or the end of the job. */
	uint32_t kind;
	/** For an end: 0 or -errno, as from dmaload_job_wait(). Else 0. */
	int result;
	/** For a range: its index in the array that was submitted. Else 0. */
	size_t range;
	/** Why the job failed. Code 0 and an empty message if it did not. */
	struct dmaload_error error;
};

/** Initialise a struct dmaload_event: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_EVENT_INIT DMALOAD_SIZED(struct dmaload_event)

/**
 * Take the next event, and wait for it if there is none yet.
 *
 * dmaload_event::result is the result of a job, and dmaload_event::error the
 * reason. The return value and err are about this call. A job without a handle
 * is freed when its end is taken.
 *
 * @param events      the queue
 * @param timeout_ns  maximum time to wait, in ns; 0 or negative: poll without
 *                    blocking; DMALOAD_FOREVER
 * @param event       receives the event; its size must be set. Untouched if
 *                    there is none
 * @param report      receives the report of a job that has ended, or NULL; its
 *                    size must be set. Untouched by other events, on
 *                    -EINPROGRESS and on -ENODATA; cleared if the call fails
 *                    otherwise
 * @param err         receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINPROGRESS  there is no event yet, and jobs that report here have
 *                       not ended
 *         -ENODATA      there is no event, and no job that reports here.
 *                       Returned at once, whatever timeout_ns is
 *         -EDEADLK      called from a progress function of the context, and
 *                       the call would have to wait
 *         -EINVAL       events or event is NULL, or event or report has no size
 *         -ECHILD       the context belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_events_next(struct dmaload_events *events,
				    int64_t timeout_ns,
				    struct dmaload_event *event,
				    struct dmaload_report *report,
				    struct dmaload_error *err);

/**
 * Return an fd for poll(2), select(2) or epoll(7).
 *
 * The fd is level-triggered: readable (POLLIN) while dmaload_events_next() has
 * an event. EPOLLET works too, if you take events after each wakeup until
 * dmaload_events_next() returns -EINPROGRESS or -ENODATA. The first call makes
 * the fd with eventfd(2). Do not read, write or close it.
 *
 * @param err  receives the reason of a failure, or NULL
 * @return the fd, owned by the queue and valid as long as the queue; or -EINVAL
 *         if events is NULL; -EMFILE, -ENFILE, -ENOMEM, -ECHILD
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_events_fd(struct dmaload_events *events,
				  struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
