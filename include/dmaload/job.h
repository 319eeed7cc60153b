/* SPDX-License-Identifier: MIT */
/** @file Load, store and compare in the background. */
#ifndef DMALOAD_JOB_H
#define DMALOAD_JOB_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/load.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A load, a store or a verification that goes on in the background: what the
 * blocking calls of load.h do. Opaque.
 *
 * The first job starts a thread of the context, which does any number of jobs at the same
 * time. Those that may have to wait for something else than a disk get a thread each, up to
 * 16, which is kept: stores, jobs with a progress function, buffered reads, a dma-buf that
 * a device uses or that is still being populated; and, beyond the 16, streams.
 *
 * Any number of threads may use a job at the same time, except that none may use
 * it once another has begun to destroy it.
 *
 * The files and buffers of its ranges are kept: they may be closed and destroyed
 * at once, and are gone when the job has ended. Only the caller's own memory
 * (dmaload_buffer_from_memory()) must stay until then; destroying such a buffer
 * cancels the jobs that use it, and returns when they have let it go.
 */
struct dmaload_job;

/** The operation of a job. Since: 0.1 */
enum dmaload_operation {
	/** As dmaload_load(). */
	DMALOAD_LOAD = 0,
	/** As dmaload_store(). */
	DMALOAD_STORE = 1,
	/** As dmaload_verify(). */
	DMALOAD_VERIFY = 2,
};

/**
 * Submit a job, and return at once. The request is checked before: what is wrong
 * with it is told here, as by the blocking call, and then there is no job.
 *
 * Jobs of a context go on at the same time, unless they are in each other's way: see struct
 * dmaload_ctx.
 *
 * @param out      receives the job; dmaload_job_destroy() frees it. NULL if options have
 *                 events and nobody needs a handle: the job is freed when the event of its
 *                 end is taken
 * @param ranges   copied
 * @param options  copied; NULL for the defaults
 * @return 0, or as the blocking call would, or
 *         -EINVAL  out is NULL and options have no events, or these are of another
 *                  context
 *         -EAGAIN  the context's thread cannot be started
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_submit(struct dmaload_job **out,
			       struct dmaload_ctx *ctx,
			       enum dmaload_operation operation,
			       const struct dmaload_range *ranges, size_t count,
			       const struct dmaload_options *options,
			       struct dmaload_error *err);

/** dmaload_job_wait() without a time-out. */
#define DMALOAD_FOREVER INT64_MAX

/**
 * Wait for the end of a job and tell its result. A job that has ended can be
 * waited for any number of times, by any number of threads.
 *
 * @param timeout_ns  at most this long, in ns; 0 or less: only look;
 *                    DMALOAD_FOREVER
 * @param report      receives the job's report once it has ended, or NULL; set
 *                    its size first; untouched on -EINPROGRESS, cleared on another
 *                    failure of the call
 * @return the result of the job, as the blocking call would return it; or
 *         -EINPROGRESS  it has not ended yet; no job fails with this code
 *         -EDEADLK    called from a progress function of the same context
 *         -EINVAL     report has no size
 *         -ECHILD     the context belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_wait(struct dmaload_job *job, int64_t timeout_ns,
				 struct dmaload_report *report,
				 struct dmaload_error *err);

/**
 * Ask a job to stop. Returns at once: a job that waits for an earlier one ends here, one
 * that is being done ends when nothing of it is in flight any more, with
 * -ECANCELED unless it was done, or had failed, before. One that has ended stays
 * as it is.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_job_cancel(struct dmaload_job *job);

/**
 * Make a job urgent from now on, and those that it waits for: see DMALOAD_URGENT. One that
 * has ended stays as it is.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_job_set_urgent(struct dmaload_job *job);

/** Return dmaload_options::user_data of a job. Since: 0.1 */
DMALOAD_API uint64_t dmaload_job_user_data(const struct dmaload_job *job);

/**
 * Cancel a job that has not ended, wait until nothing of it is in flight, and free
 * it and its fd. Its events that were not taken are withdrawn at once. Not to be
 * called from its own progress function (asserted). NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_job_destroy(struct dmaload_job *job);

/**
 * How far a job is.
 *
 * @param progress  receives it; set its size first
 * @return 0; -EINVAL if progress has no size; -ECHILD if the context belongs to this
 *         process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_progress(struct dmaload_job *job,
				     struct dmaload_progress *progress);

/**
 * Take the next range that is complete: its bytes are in the buffer, for the CPU
 * and for devices (or in the file, or equal). Each range is told once, in the
 * order in which the priorities are completed; ranges of one priority in the order
 * in which they are read. Ranges of a failed job that had been complete before
 * are told too.
 *
 * A new buffer of "udmabuf" or "memfd" is populated while it is loaded, and its first
 * ranges are told before all of it is. The CPU can use them at once, in
 * dmaload_buffer_map(). A device needs the fd, and dmaload_buffer_fd() waits until the
 * whole buffer is populated; so does dmaload_buffer_begin(). Call
 * dmaload_buffer_wait() before the job is submitted to have the fd before the first
 * range. Buffers from heaps have theirs from the beginning.
 *
 * @param index  receives the range's place in the array that was submitted
 * @return 0, or
 *         -EINPROGRESS  no other range is complete yet
 *         -ENODATA      there is none left: the job has ended
 *         -EINVAL       the job was submitted with events: dmaload_events_next() tells
 *                       its ranges, with DMALOAD_RANGE_EVENTS
 *         -ECHILD       the context belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_next_range(struct dmaload_job *job, size_t *index);

/**
 * An fd for poll(2) and its like: readable (POLLIN) as long as
 * dmaload_job_next_range() has a range to tell, and from the end of the job on.
 * Made at the first call, an eventfd(2); owned by the job and valid as long as
 * it. Do not read, write or close it. For many jobs, one dmaload_events_fd() does.
 *
 * @return the fd; or -EMFILE, -ENFILE, -ENOMEM, -ECHILD; or -EINVAL if the job was
 *         submitted with events, whose fd is dmaload_events_fd()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_fd(struct dmaload_job *job,
			       struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
