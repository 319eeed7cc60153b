/* SPDX-License-Identifier: MIT */
/** @file Load, store and compare ranges of files and buffers. */
#ifndef DMALOAD_LOAD_H
#define DMALOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/report.h>
#include <dmaload/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dmaload_options;

/**
 * Load a whole file into a new buffer: open the file, allocate, load, and close
 * the file.
 *
 * The call makes a context, and frees it at its end. For many loads, make a
 * context once and call dmaload_load(). Thread-safe.
 *
 * @param out      receives the buffer; dmaload_buffer_destroy() frees it. The
 *                 file begins at the buffer's first byte. The buffer has whole
 *                 pages; its bytes behind the end of the file are 0. On
 *                 failure, out is untouched and nothing is left behind
 * @param path     of a regular file or a block device
 * @param source   as for dmaload_buffer_create(); NULL for the recommended
 *                 source
 * @param options  NULL for the defaults. Events are refused
 * @param report   receives the result, even on failure, or NULL; its size must
 *                 be set. dmaload_report::bytes_total is the length of the file
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or as dmaload_file_open(), dmaload_buffer_create() and
 *         dmaload_load()
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_load_file(struct dmaload_buffer **out, const char *path,
				  const char *source,
				  const struct dmaload_options *options,
				  struct dmaload_report *report,
				  struct dmaload_error *err);

/**
 * A context: the configuration of loads, and the rings, threads and bounce pool
 * that they share. The first load makes these and the context keeps them.
 * Opaque.
 *
 * Any number of threads may use a context, and any number of loads, stores and
 * jobs run in it at the same time. Together they keep at most as many requests
 * in flight, and as much memory pinned, as struct dmaload_config allows. When a
 * request ends, an urgent load (DMALOAD_URGENT) may submit the next one first,
 * else the load that came first. An ordinary load submits a request after 16
 * urgent requests at the latest.
 *
 * Loads that conflict run in the order in which they came. These conflict:
 *
 * - loads of the same bytes of a buffer or a file, if one of them writes these
 *   bytes;
 * - loads of the same stream;
 * - a load into a dma-buf and a store or a comparison of the same dma-buf.
 *   Brackets for reading and for writing exclude each other on machines without
 *   coherent caches.
 *
 * The last rule also holds for loads of different contexts. If loads of
 * different contexts conflict otherwise, the later one fails with -EBUSY.
 *
 * If there is too little memory for the whole pool, loads use a smaller pool,
 * or none: see dmaload_report::pool_reduced.
 *
 * A context belongs to the process that made it. After fork(2) or clone(2),
 * every call on an inherited context returns -ECHILD, and destructors do
 * nothing. The one exception: dmaload_ctx_destroy() closes the inherited fds of
 * rings. The child may use inherited files and buffers with a context of its
 * own, unless another thread was inside the library at the fork. A child of a
 * bare clone(2) is recognised in a new PID namespace since Linux 4.14.
 */
struct dmaload_ctx;

/** The default of dmaload_config::chunk_bytes. */
#define DMALOAD_CHUNK_DEFAULT (1u << 20)
/** By default, as many bytes as this number of chunks may be in flight, at most
 * DMALOAD_POOL_MAX: see dmaload_config::queue_depth. 4 to 8 perform alike;
 * doc/performance.md explains the 6. */
#define DMALOAD_DEPTH_DEFAULT 6u
/** Maximum of chunk_bytes * queue_depth: 8 MiB, the default RLIMIT_MEMLOCK
 * since Linux 5.16. */
#define DMALOAD_POOL_MAX (8u << 20)

/**
 * How a context reads and writes. Owned by the caller, who initialises it with
 * DMALOAD_CONFIG_INIT; copied. A member that is 0 has its default.
 *
 * Since: 0.1
 */
struct dmaload_config {
	/** The size of the struct, set by DMALOAD_CONFIG_INIT. */
	size_t size;
	/**
	 * Bytes of one read: a power of two from 4096 to DMALOAD_POOL_MAX.
	 *
	 * If this or queue_depth is 0, the context learns what suits each disk.
	 * While a load of at least 64 times the pool (384 MiB by default) runs
	 * alone, it tries other values, each for a moment. It stays within the
	 * limits that the disk reports, and keeps values that are clearly
	 * faster. This takes at most 1/32 of the time. Later loads from the
	 * same disk begin with the result, until dmaload_ctx_trim(). Neither a
	 * value that you set nor the size of the pool changes. See
	 * dmaload_report::chunk_bytes and dmaload_report::queue_depth.
	 */
	uint32_t chunk_bytes;
	/**
	 * Maximum number of reads in flight, of all loads together: 1 to 64.
	 * chunk_bytes * queue_depth must not exceed DMALOAD_POOL_MAX.
	 *
	 * If this is 0, only the bytes in flight are limited, to
	 * DMALOAD_DEPTH_DEFAULT chunks. Up to 64 small reads are in flight
	 * then. On the path direct, a load may use up to DMALOAD_POOL_MAX if
	 * that is faster.
	 */
	uint32_t queue_depth;
	/** enum dmaload_engine. If you choose one and the kernel refuses it,
	 * direct and bounce decline with the reason. The library tries it even
	 * under a seccomp filter. */
	uint32_t engine;
	/** enum dmaload_syscalls. DMALOAD_ENGINE_URING needs
	 * DMALOAD_SYSCALLS_ALL or DMALOAD_SYSCALLS_AUTO. */
	uint32_t syscalls;
};

/** Initialise a struct dmaload_config: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_CONFIG_INIT DMALOAD_SIZED(struct dmaload_config)

/**
 * Make a context. Opens nothing, starts no thread and allocates no pool yet.
 *
 * @param out     receives the context; dmaload_ctx_destroy() frees it
 * @param config  NULL for the defaults
 * @param err     receives the reason of a failure, or NULL
 * @return 0; -EINVAL if out is NULL, a member of config is out of range, or
 *         engine and syscalls contradict each other; -ENOMEM
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_ctx_create(struct dmaload_ctx **out,
				   const struct dmaload_config *config,
				   struct dmaload_error *err);

/**
 * Free a context and its pool.
 *
 * Cancels jobs that have not ended, and waits until none of their requests is
 * in flight. Their handles stay valid; their result, even in an event, is
 * -ECANCELED. Blocking calls in other threads are canceled too, but no thread
 * may begin another one. Do not call this from a progress function (asserted).
 * NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_ctx_destroy(struct dmaload_ctx *ctx);

/**
 * Free what a context holds and does not use now: rings or threads, the bounce
 * pool and its registration, and what it learned about disks. The next load
 * makes them again.
 *
 * An idle context holds:
 *
 * - the pool (6 MiB by default), if a load has bounced;
 * - an io_uring ring, or up to 4 threads, for each load that it ran at the same
 *   time;
 * - up to 3 threads, if a transform got several pieces at once;
 * - no fds but those of rings.
 *
 * The kernel counts a registered pool against RLIMIT_MEMLOCK. The idle pool
 * stays registered, and thereby pinned, only if this limit is at least four
 * times the pool. Otherwise each load registers it again.
 *
 * @return 0; -EINVAL if ctx is NULL; -ECHILD if it belongs to this process's
 *         parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_ctx_trim(struct dmaload_ctx *ctx);

/** dmaload_range::length for everything from file_offset to the end. */
#define DMALOAD_TO_END UINT64_MAX

/**
 * A part of a file and its place in a buffer.
 *
 * Any alignment works. Loads are fastest if file_offset and buffer_offset are
 * multiples of 4096. The path direct needs offsets that are equal modulo the
 * memory alignment that the file system reports (stx_dio_mem_align of
 * statx(2)), or modulo 4096 if it reports none. To be safe, use 4096. Other
 * ranges are bounced. A load never writes bytes of the buffer outside of its
 * ranges.
 *
 * A call takes any number of ranges, over any number of files and buffers.
 * Ranges that are neighbours in file and buffer are merged. Ranges that are
 * close to each other in a file are read together, so many small ranges cost
 * what their bytes cost. Ranges are read by priority; within a priority file by
 * file, in the order in which the ranges first name the files; and within a
 * file from its beginning to its end. Reads of different ranges are in flight
 * together.
 *
 * Since: 0.1
 */
struct dmaload_range {
	/** The file. The call, or the job, keeps a reference. */
	struct dmaload_file *file;
	/** First byte of the file. */
	uint64_t file_offset;
	/** The buffer. The call, or the job, keeps a reference. With
	 * dmaload_options::transform it may be NULL. */
	struct dmaload_buffer *buffer;
	/** First byte of the buffer; 0 without a buffer. */
	uint64_t buffer_offset;
	/** Bytes, at least 1; or DMALOAD_TO_END: up to the end of the file. For
	 * a store, this would be the end of the buffer, which is rounded up to
	 * whole pages: pass the length of the file instead. */
	uint64_t length;
	/**
	 * Ranges of a lower priority come first.
	 *
	 * When all ranges of a priority are loaded, the load ends the brackets
	 * of their buffers, so that devices see the bytes. Only then are the
	 * ranges complete: see dmaload_job_next_range(). Each priority costs at
	 * most one pair of SYNC per buffer.
	 *
	 * If a buffer has ranges of a later priority, the load begins its
	 * bracket again, and waits for devices that use the buffer by then. To
	 * avoid the wait, use a separate buffer for each priority.
	 */
	uint32_t priority;
	/** 0; for later versions. */
	uint32_t reserved;
	/** With dmaload_options::transform: the bytes of the buffer that the
	 * function may write, from buffer_offset on; 0: up to the end of the
	 * buffer. Loads that write the same bytes conflict. Otherwise, and
	 * without a buffer, 0. Since: 0.2 */
	uint64_t buffer_length;
};

/** A flag of dmaload_options::paths: allow DMALOAD_PATH_DIRECT. Since: 0.2 */
#define DMALOAD_ALLOW_DIRECT 1u
/** A flag of dmaload_options::paths: allow DMALOAD_PATH_BOUNCE. Since: 0.2 */
#define DMALOAD_ALLOW_BOUNCE 2u
/** A flag of dmaload_options::paths: allow DMALOAD_PATH_BUFFERED. Since: 0.2 */
#define DMALOAD_ALLOW_BUFFERED 4u

/**
 * How a load treats the page cache. Later versions may add values.
 *
 * Since: 0.1
 */
enum dmaload_cache {
	/**
	 * The default: copy pages that are in the page cache, and leave them
	 * there. Read all else from the disk, and leave nothing behind.
	 *
	 * A run of resident pages that is shorter than a quarter of chunk_bytes
	 * is read from the disk with its neighbours, unless the whole range is
	 * shorter. If the kernel does not report to this process what is
	 * resident, this works as DMALOAD_CACHE_BYPASS.
	 */
	DMALOAD_CACHE_AUTO = 0,
	/** Read all from the disk. Resident pages stay. The kernel writes dirty
	 * pages back before it reads, so the bytes are the same. */
	DMALOAD_CACHE_BYPASS = 1,
	/** Read all through the page cache, on the buffered path, and leave it
	 * there: for files that will be loaded again soon. The paths of the
	 * options must be 0 or allow buffered, or the load fails with -EINVAL.
	 * */
	DMALOAD_CACHE_KEEP = 2,
};

/**
 * The progress of a load or a job. For dmaload_job_progress(), the caller owns
 * it and initialises it with DMALOAD_PROGRESS_INIT. In a progress function, the
 * library owns it.
 *
 * Since: 0.1
 */
struct dmaload_progress {
	/** The size of the struct, set by DMALOAD_PROGRESS_INIT. */
	size_t size;
	/** Bytes that have reached the buffers; for a store, the files. */
	uint64_t bytes_done;
	/** Requested bytes. For a stream of unknown length, the room in the
	 * buffer. */
	uint64_t bytes_total;
	/** The part of bytes_done before the first gap, in the order in which
	 * ranges are read. For a single range, the CPU may use its first
	 * bytes_prefix bytes. */
	uint64_t bytes_prefix;
	/** Ranges that are complete, for the CPU and for devices. */
	uint64_t ranges_done;
	/** Requested ranges. */
	uint64_t ranges_total;
	/** The path of the bytes that have arrived last, a value of enum
	 * dmaload_path; without meaning while bytes_done is 0. Since: 0.2 */
	uint32_t path;
	/** 0. */
	uint32_t reserved;
};

/** Initialise a struct dmaload_progress: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_PROGRESS_INIT DMALOAD_SIZED(struct dmaload_progress)

/**
 * Receive the progress of a load, and say whether to go on.
 *
 * Called under no lock, after each batch of reads, and several times a second
 * while the load waits for a stream. The calling thread is the one that does
 * the load: the caller's own for a blocking call, one of the context's for a
 * job.
 *
 * The function may call the library, but must not wait for its own context.
 * These return -EDEADLK: a blocking call on the same context;
 * dmaload_job_wait() for one of its jobs; dmaload_events_next() if it would
 * have to wait; and a blocking call on another context if it would have to wait
 * for an earlier load.
 *
 * The function must return. longjmp(3), pthread_exit(3) and C++ exceptions out
 * of it are forbidden; an exception ends the program by std::terminate().
 *
 * @param progress  valid during the call
 * @param data      dmaload_options::progress_data
 * @return 0 to go on; otherwise the load stops and returns -ECANCELED
 *
 * Since: 0.1
 */
typedef int (*dmaload_progress_fn)(const struct dmaload_progress *progress,
				   void *data);

/** A flag of dmaload_options::flags: after a store, fsync(2) each file before
 * success is returned. Since: 0.1 */
#define DMALOAD_DURABLE 1u
/** A flag of dmaload_options::flags: submit requests before loads of the same
 * context that are not urgent. A load that an urgent one waits for becomes
 * urgent too. Since: 0.1 */
#define DMALOAD_URGENT 2u
/** A flag of dmaload_options::flags, with dmaload_options::events: each
 * complete range is an event as well. Since: 0.1 */
#define DMALOAD_RANGE_EVENTS 4u

struct dmaload_events;

/**
 * How to do one load. Owned by the caller, who initialises it with
 * DMALOAD_OPTIONS_INIT; copied. A member that is 0 has its default.
 *
 * Since: 0.1
 */
struct dmaload_options {
	/** The size of the struct, set by DMALOAD_OPTIONS_INIT. */
	size_t size;
	/**
	 * The paths that may be used: DMALOAD_ALLOW_DIRECT,
	 * DMALOAD_ALLOW_BOUNCE and DMALOAD_ALLOW_BUFFERED; 0 for all. The flag
	 * of a path is 1 << path.
	 *
	 * If you allow only one path, that path is used, or the load fails with
	 * -EOPNOTSUPP. Pages in the page cache are still copied from there
	 * (DMALOAD_PATH_CACHED), unless cache is DMALOAD_CACHE_BYPASS.
	 *
	 * If you allow direct and bounce, a long load into base pages, or many
	 * short ones, may compare the two: see dmaload_report::rate_direct.
	 * Streams have one path and ignore this.
	 */
	uint32_t paths;
	/** enum dmaload_cache. Stores ignore it. */
	uint32_t cache;
	/** DMALOAD_DURABLE, DMALOAD_URGENT and DMALOAD_RANGE_EVENTS, or 0. */
	uint32_t flags;
	/** 0; for later versions. */
	uint32_t reserved;
	/**
	 * When to give up, in ns on CLOCK_MONOTONIC; 0 for never. The load then
	 * fails with -ETIME. It still waits for its requests in flight, which a
	 * disk cannot cancel.
	 */
	uint64_t deadline_ns;
	/** Called with the progress of the load, or NULL. */
	dmaload_progress_fn progress;
	/** Passed to progress. */
	void *progress_data;
	/** Where a job reports: see struct dmaload_events; or NULL. For
	 * dmaload_submit() only: blocking calls refuse it. */
	struct dmaload_events *events;
	/** The function that gets the bytes of a load in place of its buffers,
	 * or NULL; copied. For dmaload_load(), dmaload_probe() and DMALOAD_LOAD
	 * only: others refuse it. Since: 0.2 */
	const struct dmaload_transform *transform;
	/** For the caller. Each event of the job has this value, and
	 * dmaload_job_user_data() returns it. The library does not use it. */
	uint64_t user_data;
};

/** Initialise a struct dmaload_options: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_OPTIONS_INIT DMALOAD_SIZED(struct dmaload_options)

/**
 * Load ranges of files into buffers, and return when every byte is there.
 *
 * Waits for earlier loads that conflict: see struct dmaload_ctx. Brackets CPU
 * access with DMA_BUF_IOCTL_SYNC, and ends each bracket even on failure. You
 * need no bracket to read the loaded bytes: see dmaload_job_next_range().
 *
 * A load makes one bracket for each buffer and priority, however many ranges
 * there are. If devices do not see the CPU's caches, as on many ARM machines,
 * each bracket may cost as much time as the whole buffer is large. So load many
 * ranges by one call, and not by a call for each.
 *
 * When the call returns, even with an error, no read is in flight. After a
 * failure, the contents of the ranges in the buffers are undefined. All else is
 * unchanged, and the next load works.
 *
 * @param ctx      NULL (since 0.2) for a context with the defaults that lives
 *                 for the call
 * @param ranges   what to load; no two may share bytes of a buffer, unless a
 *                 transform writes them
 * @param count    number of ranges, at least 1
 * @param options  NULL for the defaults
 * @param report   receives the result, even on failure, or NULL; its size must
 *                 be set
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL      an argument is NULL; a count or length is 0; a reserved
 *                      member is not 0; the size of a struct or the paths are
 *                      malformed; DMALOAD_CACHE_KEEP without the path buffered;
 *                      two ranges overlap in a buffer; or options have events
 *         -EOVERFLOW   an offset plus length, or all lengths together, exceed
 *                      64 bits. For a stream, an offset plus length exceeds
 *                      2^63 - 1
 *         -ERANGE      a range ends beyond its file
 *         -ENOSPC      a range ends beyond its buffer
 *         -EBADF       a file is not open for reading
 *         -EROFS       a buffer was adopted from a read-only fd
 *         -EBUSY       a load, store or job of another context uses bytes of
 *                      these ranges in a buffer or a file, and one of the two
 *                      writes them. Files are compared by device and inode
 *         -EDEADLK     called from a progress function of the same context; or
 *                      from one of another context, if the call would have to
 *                      wait for an earlier load
 *         -ECHILD      the context belongs to this process's parent
 *         -ENODATA     a file has become shorter, or a stream has ended
 *         -EIO         the disk failed; or another error of reading. The
 *                      message names the file and the offset
 *         -EOPNOTSUPP  every allowed path declined. The message has the reason
 *                      of the last one, the report has all
 *         -ECANCELED   the progress function returned a value other than 0, or
 *                      the context is being destroyed
 *         -ETIME       the deadline has passed
 *         -ENOMEM, -EMFILE, or the error of a SYNC
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_load(struct dmaload_ctx *ctx,
			     const struct dmaload_range *ranges, size_t count,
			     const struct dmaload_options *options,
			     struct dmaload_report *report,
			     struct dmaload_error *err);

/**
 * Store ranges of buffers into files, on the same paths as a load, with
 * O_DIRECT writes.
 *
 * Open each file with dmaload_file_create(), or pass an fd that is open for
 * writing. Bytes of a file outside of the ranges keep their values. The file
 * grows if a range ends beyond its end, and never shrinks. Pass the length of
 * the file, since DMALOAD_TO_END stores up to the end of the buffer, which is
 * rounded up to whole pages. The call allocates space before it writes the
 * first byte, if the file system can do this (fallocate(2)). After a failure,
 * the contents of the ranges in the files are undefined.
 *
 * Whole units are written directly. A unit is a page or, if that is larger, a
 * block of the file system (XFS, Linux 6.12) or of direct I/O. Partial units at
 * the ends of a range are written through the page cache, after all other bytes
 * of their priority. Their pages are written back, and dropped unless they were
 * in the page cache before.
 *
 * The bracket of CPU access is one for reading.
 *
 * @param ctx      as for dmaload_load()
 * @param ranges   what to store; no two may share bytes of a file
 * @param count    number of ranges, at least 1
 * @param options  NULL for the defaults
 * @param report   as for dmaload_load()
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or as dmaload_load(), but
 *         -EBADF   a file is not open for writing
 *         -ERANGE  a range ends beyond its buffer
 *         -EOVERFLOW  a range ends beyond 2^63 - 1, the largest file offset
 *         -ENOSPC, -EDQUOT  the disk is full. The message names the file and
 *                  the offset
 *         -EFBIG   a range ends beyond RLIMIT_FSIZE, which is checked before
 *                  anything is written; or beyond what the file system allows.
 *                  The process gets no SIGXFSZ
 *         -EIO     the disk failed, when writing or when writing back
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_store(struct dmaload_ctx *ctx,
			      const struct dmaload_range *ranges, size_t count,
			      const struct dmaload_options *options,
			      struct dmaload_report *report,
			      struct dmaload_error *err);

/**
 * Compare ranges of files with buffers.
 *
 * Reads the files as a load on the path bounce or buffered would, and the
 * buffers through their mappings, in a bracket for reading. Writes to no
 * buffer, so the path direct is ignored in options. Leaves the page cache as it
 * was. Buffers may be read-only, and ranges may overlap.
 *
 * @param ctx      as for dmaload_load()
 * @param ranges   what to compare
 * @param count    number of ranges, at least 1
 * @param options  NULL for the defaults
 * @param report   as for dmaload_load()
 * @param err      receives the reason of a failure, or NULL
 * @return 0 if all bytes are equal, or as dmaload_load(), or
 *         -EBADMSG  bytes differ. The message names the first difference that
 *                   was found
 *         -ESPIPE   a file is a stream, which cannot be read again
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_verify(struct dmaload_ctx *ctx,
			       const struct dmaload_range *ranges, size_t count,
			       const struct dmaload_options *options,
			       struct dmaload_report *report,
			       struct dmaload_error *err);

/**
 * Find out which path a load of a range would take, and why not a better one.
 *
 * Opens the file and the engine as a load would, and queries whether the
 * buffer's mapping can be pinned. Reads no byte of the file, and does not query
 * the page cache. So it cannot foresee:
 *
 * - a refusal that only a read reveals;
 * - pages that would be copied from the page cache: dmaload_file_resident()
 *   counts them;
 * - whether bounce will be faster than direct: see dmaload_report::rate_direct.
 *
 * @param ctx      as for dmaload_load()
 * @param range    what would be loaded
 * @param options  NULL for the defaults
 * @param path     receives the first path that did not decline
 * @param report   receives the reasons of the paths that declined, or NULL; its
 *                 size must be set
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or as dmaload_load()
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_probe(struct dmaload_ctx *ctx,
			      const struct dmaload_range *range,
			      const struct dmaload_options *options,
			      enum dmaload_path *path,
			      struct dmaload_report *report,
			      struct dmaload_error *err);

/**
 * Load a stream of unknown length into a new buffer.
 *
 * The first buffer has hint bytes. When a buffer is full, the call allocates
 * one of twice the size and copies the bytes. So during the last copy, one and
 * a half times the final size is in use. At the end, up to half of the buffer
 * may be unused. The call compares the size of each buffer with the available
 * memory, as dmaload_buffer_create() does.
 *
 * A progress function gets the number of bytes so far, and no complete range
 * before the call returns.
 *
 * If you know the length, allocate a buffer of that size and call
 * dmaload_load().
 *
 * @param out      receives the buffer; dmaload_buffer_destroy() frees it
 * @param length   receives the number of bytes. They begin at the buffer's
 *                 first byte
 * @param ctx      as for dmaload_load()
 * @param stream   from dmaload_file_from_stream()
 * @param source   as for dmaload_buffer_create()
 * @param hint     bytes to begin with; 0 for 16 MiB
 * @param limit    maximum number of bytes of the stream and of a buffer; 0:
 *                 only memory limits them
 * @param options  NULL for the defaults
 * @param report   as for dmaload_load()
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or as dmaload_load() and dmaload_buffer_create(), or
 *         -EINVAL   stream is not a stream, or an argument is NULL
 *         -EFBIG    the stream has more than limit bytes
 *         -ENODATA  the stream was empty
 *         -ENOMEM   there is too little memory for the next buffer. The message
 *                   has the number of bytes so far, and what limits the memory
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_load_stream(struct dmaload_buffer **out,
				    uint64_t *length, struct dmaload_ctx *ctx,
				    struct dmaload_file *stream,
				    const char *source, uint64_t hint,
				    uint64_t limit,
				    const struct dmaload_options *options,
				    struct dmaload_report *report,
				    struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
