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
 * A load, a store or a comparison that runs in the background, as the blocking
 * calls of load.h do it. Opaque.
 *
 * The first job starts a thread of the context, which runs any number of jobs
 * at the same time. Each job that may have to wait for something other than a
 * disk gets its own thread: a store, a job with a progress function, a buffered
 * read, or a load into a dma-buf that a device uses or that is still being
 * populated. The context keeps up to 16 such threads. Each stream gets another
 * one.
 *
 * Any number of threads may use a job at the same time, but none once another
 * thread has begun to destroy it.
 *
 * A job keeps a reference to the files and buffers of its ranges: you may close
 * and destroy them at once. The exception is the caller's own memory
 * (dmaload_buffer_from_memory()), which must stay until the job has ended.
 * Destroying such a buffer cancels its jobs and waits for them.
 */
struct dmaload_job;

/** The operation of a job. Later versions may add values. Since: 0.1 */
enum dmaload_operation {
	/** As dmaload_load(). */
	DMALOAD_LOAD = 0,
	/** As dmaload_store(). */
	DMALOAD_STORE = 1,
	/** As dmaload_verify(). */
	DMALOAD_VERIFY = 2,
};

/**
 * Submit a job, and return at once.
 *
 * The request is checked first. If it is wrong, this call returns the error
 * that the blocking call would return, and there is no job. Jobs of a context
 * run at the same time, unless they conflict: see struct dmaload_ctx.
 *
 * @param out        receives the job; dmaload_job_destroy() frees it. May be
 *                   NULL if options have events and you need no handle: the job
 *                   is then freed when the event of its end is taken
 * @param ctx        must not be NULL
 * @param operation  what to do
 * @param ranges     copied
 * @param count      number of ranges, at least 1
 * @param options    copied; NULL for the defaults
 * @param err        receives the reason of a failure, or NULL
 * @return 0, or as the blocking call, or
 *         -EINVAL  ctx is NULL; out is NULL and options have no events; or the
 *                  events are of another context
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

/** A timeout that never ends. */
#define DMALOAD_FOREVER INT64_MAX

/**
 * Wait for the end of a job, and return its result.
 *
 * You can wait for a job that has ended any number of times, in any number of
 * threads.
 *
 * @param timeout_ns  maximum time to wait, in ns; 0 or negative: poll without
 *                    blocking; DMALOAD_FOREVER
 * @param report      receives the report of the job, or NULL; its size must be
 *                    set. Untouched on -EINPROGRESS, cleared if the call fails
 *                    otherwise
 * @param err         receives the reason of a failure, or NULL
 * @return the result of the job, as the blocking call would return it; or
 *         -EINPROGRESS  the job has not ended. No job fails with this code
 *         -EDEADLK    called from a progress function of the same context, and
 *                     the job has not ended
 *         -EINVAL     job is NULL, or report has no size
 *         -ECHILD     the context belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_wait(struct dmaload_job *job, int64_t timeout_ns,
				 struct dmaload_report *report,
				 struct dmaload_error *err);

/**
 * Ask a job to stop. Returns at once.
 *
 * A job that waits for an earlier one ends immediately. A job that is running
 * ends when none of its requests is in flight. The result is -ECANCELED, unless
 * the job was done or had failed before. If the job has ended, the call does
 * nothing.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_job_cancel(struct dmaload_job *job);

/**
 * Make a job urgent from now on, and the jobs that it waits for: see
 * DMALOAD_URGENT. If the job has ended, the call does nothing.
 *
 * Since: 0.2
 */
DMALOAD_API void dmaload_job_set_urgent(struct dmaload_job *job);

/** Return dmaload_options::user_data of a job; 0 for NULL. Since: 0.1 */
DMALOAD_API uint64_t dmaload_job_user_data(const struct dmaload_job *job);

/**
 * Free a job and its fd. Cancels the job if it has not ended, and waits until
 * none of its requests is in flight.
 *
 * Removes the events of the job that you have not taken. Do not call this from
 * the job's own progress function (asserted). NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_job_destroy(struct dmaload_job *job);

/**
 * Query the progress of a job.
 *
 * @param progress  receives the progress; its size must be set
 * @return 0; -EINVAL if an argument is NULL or progress has no size; -ECHILD if
 *         the context belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_progress(struct dmaload_job *job,
				     struct dmaload_progress *progress);

/**
 * Get the next range that is complete: its bytes are in the buffer, for the CPU
 * and for devices. After a store they are in the file; after a comparison they
 * are equal.
 *
 * The load ends its bracket of the buffer before it reports a range. So the CPU
 * can read the range at once, and needs no bracket of its own. This holds until
 * a device writes to the range: then bracket your reads. Always bracket your
 * writes: see dmaload_buffer_begin(). Begin no bracket for reading while a load
 * of the buffer is running: on machines without coherent caches, it may discard
 * bytes that the load has just written.
 *
 * Returns each range once: priorities in the order in which they become
 * complete, and within a priority the ranges in the order in which they are
 * read. If a job fails, also returns the ranges that were complete before.
 *
 * Buffers from heaps always have their fd. A "udmabuf" or "memfd" can have
 * complete ranges while it is still being populated. The CPU can use these at
 * once, in dmaload_buffer_map(). A device needs the fd, and dmaload_buffer_fd()
 * and dmaload_buffer_begin() wait until the whole buffer is populated. To have
 * the fd before the first range, call dmaload_buffer_wait() before you submit
 * the job.
 *
 * @param index  receives the index of the range in the array that was submitted
 * @return 0, or
 *         -EINPROGRESS  no other range is complete yet
 *         -ENODATA      all have been returned, and the job has ended
 *         -EINVAL       an argument is NULL; or the job was submitted with
 *                       events: use DMALOAD_RANGE_EVENTS and
 *                       dmaload_events_next()
 *         -ECHILD       the context belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_next_range(struct dmaload_job *job, size_t *index);

/**
 * Return an fd for poll(2), select(2) or epoll(7).
 *
 * The fd is readable (POLLIN) while dmaload_job_next_range() has a range to
 * return, and after the end of the job. The first call makes it with
 * eventfd(2). Do not read, write or close it. For many jobs, use one
 * dmaload_events_fd().
 *
 * @param err  receives the reason of a failure, or NULL
 * @return the fd, owned by the job and valid as long as the job; or -EMFILE,
 *         -ENFILE, -ENOMEM, -ECHILD; or -EINVAL if job is NULL, or was
 *         submitted with events
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_job_fd(struct dmaload_job *job,
			       struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
