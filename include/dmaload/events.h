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
 * Events of jobs: one fd, or one wait, for any number of them. Opaque.
 *
 * A job reports here if dmaload_options::events says so when it is submitted. Its end
 * is an event; with DMALOAD_RANGE_EVENTS each complete range is one, too.
 * dmaload_events_next() takes them in the order in which they happened: of a job, its
 * ranges in the order in which they were completed, then its end. Any number of threads
 * may take events at the same time. Each event goes to one of them.
 *
 * A context may have several of these. So a thread, or a library that shares the context
 * with the program, takes the events of its own jobs and no others.
 *
 * An event is kept in its job until it is taken. It needs no memory when it happens, and
 * is never lost.
 */
struct dmaload_events;

/**
 * Make a place for events.
 *
 * @param out  receives it; dmaload_events_destroy() frees it
 * @param ctx  the context of the jobs that will report here
 * @return 0; -EINVAL if out or ctx is NULL; -ENOMEM; -ECHILD if the context belongs to
 *         this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_events_create(struct dmaload_events **out,
				      struct dmaload_ctx *ctx,
				      struct dmaload_error *err);

/**
 * Cancel the jobs that report here and have no handle, wait until nothing of them is in
 * flight, and free them, with the events that were not taken and the fd. Jobs that have a
 * handle go on, and report to nobody: dmaload_job_wait() waits for them.
 *
 * The context may be destroyed before: its jobs end with -ECANCELED then, and their events
 * can still be taken. Not to be called from a progress function of the context
 * (asserted). NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_events_destroy(struct dmaload_events *events);

/** The kind of an event. Since: 0.1 */
enum dmaload_event_kind {
	/** A range is complete: its bytes are in the buffer, for the CPU and for devices
	 * (or in the file, or equal). See dmaload_job_next_range(). */
	DMALOAD_EVENT_RANGE = 0,
	/** The job has ended; the last event of a job. */
	DMALOAD_EVENT_END = 1,
};

/**
 * An event. Owned by the caller, who sets size; dmaload_events_next() fills in the rest.
 *
 * Since: 0.1
 */
struct dmaload_event {
	/** In: sizeof(struct dmaload_event), as DMALOAD_EVENT_INIT sets it. */
	size_t size;
	/** dmaload_options::user_data of the job. */
	uint64_t user_data;
	/** The job; NULL if it was submitted without a handle. */
	struct dmaload_job *job;
	/** enum dmaload_event_kind. */
	uint32_t kind;
	/** For an end: 0 or -errno, as dmaload_job_wait() returns it. Else 0.
	 */
	int result;
	/** For a range: its place in the array that was submitted. Else 0. */
	size_t range;
	/** Why the job failed. Code 0 and an empty message if it did not. */
	struct dmaload_error error;
};

/** Initialiser of a struct dmaload_event: its size, all else 0. Since: 0.2 */
#define DMALOAD_EVENT_INIT DMALOAD_SIZED(struct dmaload_event)

/**
 * Take the next event, and wait for it if need be.
 *
 * The result of a job is dmaload_event::result, with the reason in
 * dmaload_event::error. The value that is returned, and err, are about the call itself. A
 * job without a handle is freed when its end is taken.
 *
 * @param timeout_ns  wait at most this long, in ns; 0 or less: only look; DMALOAD_FOREVER
 * @param event       receives the event; set its size first; untouched if there is none
 * @param report      receives the report of a job that has ended, or NULL; set its size
 *                    first; untouched by other events, on -EINPROGRESS and on -ENODATA,
 *                    cleared on another failure of the call
 * @return 0, or
 *         -EINPROGRESS  there is none yet, and jobs that report here are under way
 *         -ENODATA      there is none, and no job left that reports here; returned at
 *                       once, whatever timeout_ns is
 *         -EDEADLK      called from a progress function of the context, and it would
 *                       have to wait
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
 * Return an fd for poll(2) and its like: readable (POLLIN) as long as
 * dmaload_events_next() has an event. Made at the first call, an eventfd(2); valid until
 * dmaload_events_destroy(). Do not read, write or close it.
 *
 * @return the fd; or -EINVAL if events is NULL, -EMFILE, -ENFILE, -ENOMEM, -ECHILD
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_events_fd(struct dmaload_events *events,
				  struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
