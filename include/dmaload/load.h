/* SPDX-License-Identifier: MIT */
/** @file Load, store and compare ranges of files and buffers. */
#ifndef DMALOAD_LOAD_H
#define DMALOAD_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/buffer.h>
#include <dmaload/file.h>
#include <dmaload/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dmaload_options;

/**
 * Load a whole file into a new buffer: open the file, allocate, load, and close
 * the file, in one call.
 *
 * Everything that the load needs is made for this call and freed at its end. For
 * many loads, make a context once and call dmaload_load(). Thread-safe.
 *
 * @param out      receives the buffer; dmaload_buffer_destroy() frees it. On
 *                 failure it is untouched, and nothing is left behind. The bytes
 *                 of the file begin at the buffer's first; what rounding up to
 *                 whole pages adds is zero
 * @param path     of a regular file or a block device
 * @param source   where the memory comes from, as for dmaload_buffer_create();
 *                 NULL for the best source of this machine
 * @param options  NULL for the defaults; events are refused
 * @param report   receives the result, also on failure, or NULL; initialise it
 *                 with DMALOAD_REPORT_INIT. bytes_total is the length of the file
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or as dmaload_file_open(), dmaload_buffer_create() and dmaload_load()
 *
 * Since: 0.2
 */
DMALOAD_API int dmaload_load_file(struct dmaload_buffer **out, const char *path,
				  const char *source,
				  const struct dmaload_options *options,
				  struct dmaload_report *report,
				  struct dmaload_error *err);

/**
 * A context is shared by loads: their configuration, and the rings, threads and
 * bounce pool that the first load makes and the context keeps. Opaque.
 *
 * Any number of threads may use a context at the same time, and any number of loads,
 * stores and jobs go on in it at once. They share the reads in flight and the pinned
 * memory that struct dmaload_config allows: a free place goes to an urgent load
 * (DMALOAD_URGENT), else to the one that came first. An ordinary load gets one after 16
 * urgent ones at the latest.
 *
 * Loads that are in each other's way are done in the order in which they came: those that
 * want the same bytes of a buffer or a file, if one of them writes to these bytes; those
 * of one stream; and a load beside a store or a comparison of the same dma-buf, since
 * brackets for reading and for writing exclude each other on machines without coherent
 * caches. The last rule holds across contexts. Otherwise loads of different contexts that
 * are in each other's way are refused (-EBUSY).
 *
 * Where memory for all of the pool cannot be had, a load goes on with a smaller one, or
 * without: see dmaload_report::pool_reduced.
 *
 * A context belongs to the process that made it: in a child, made by fork(2) or
 * clone(2), every call fails with -ECHILD, and destructors do nothing. Only
 * dmaload_ctx_destroy() closes the fds of rings that the child inherited. Files and
 * buffers may be used in the child by a context of its own, unless another thread
 * of the parent was inside the library when it forked. A child of clone(2) alone
 * is recognized in a new PID namespace since Linux 4.14.
 */
struct dmaload_ctx;

/** dmaload_config::chunk_bytes if it is 0. */
#define DMALOAD_CHUNK_DEFAULT (1u << 20)
/** Reads of dmaload_config::chunk_bytes in flight if queue_depth is 0, or as many as
 * DMALOAD_POOL_MAX allows. 4 to 8 perform alike; doc/performance.md explains the 6. */
#define DMALOAD_DEPTH_DEFAULT 6u
/** The most that chunk_bytes times queue_depth may be: 8 MiB, the default
 * RLIMIT_MEMLOCK since Linux 5.16. */
#define DMALOAD_POOL_MAX (8u << 20)

/**
 * How a context reads. Owned by the caller and copied. Zero in a member means
 * its default.
 *
 * Since: 0.1
 */
struct dmaload_config {
	/** sizeof(struct dmaload_config), as DMALOAD_CONFIG_INIT sets it. */
	size_t size;
	/**
	 * Bytes of one read: a power of two from 4096 to DMALOAD_POOL_MAX.
	 *
	 * If it is 0, or queue_depth is, the context learns what suits each
	 * disk: while a load of 64 times the pool or more (384 MiB by default)
	 * goes on alone, other values are tried for a moment at a time, within
	 * the limits that the disk reports, and kept if they are clearly faster. The trials take at
	 * most 1/32 of the time. Later loads from the same disk begin with the
	 * values that were found, until dmaload_ctx_trim(). A value that is set
	 * stays, as does the size of the pool. dmaload_report::chunk_bytes and
	 * dmaload_report::queue_depth say what was used.
	 */
	uint32_t chunk_bytes;
	/** Maximum number of reads in flight, of all loads together: 1 to 64, and
	 * chunk_bytes * queue_depth at most DMALOAD_POOL_MAX. If it is 0, the bytes of
	 * DMALOAD_DEPTH_DEFAULT reads of chunk_bytes may be in flight, as up to 64 reads:
	 * many small loads, or parts of files, are then in flight together. On the path
	 * direct, a load may come to have more bytes in flight, up to DMALOAD_POOL_MAX, if
	 * that is faster. */
	uint32_t queue_depth;
	/** enum dmaload_engine. Where the one that is asked for is refused, direct
	 * and bounce decline with the reason. One that is asked for is tried under
	 * a seccomp filter, too. */
	uint32_t engine;
	/** enum dmaload_syscalls. DMALOAD_ENGINE_URING needs DMALOAD_SYSCALLS_ALL,
	 * or DMALOAD_SYSCALLS_AUTO. */
	uint32_t syscalls;
};

/** Initialiser of a struct dmaload_config: its size, all else 0. Since: 0.2 */
#define DMALOAD_CONFIG_INIT DMALOAD_SIZED(struct dmaload_config)

/**
 * Make a context. Allocates no pool yet, opens nothing and starts no thread.
 *
 * @param config  NULL for the defaults
 * @return 0; -EINVAL if a member of config is out of its range, or if engine and
 *         syscalls contradict each other; -ENOMEM
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_ctx_create(struct dmaload_ctx **out,
				   const struct dmaload_config *config,
				   struct dmaload_error *err);

/**
 * Free a context and its pool. Jobs that have not ended are canceled, and the
 * call returns when no read or write of theirs is in flight; their handles stay
 * valid and tell -ECANCELED, and so do their events. A blocking call in another thread is canceled
 * likewise, but no thread may begin one any more. Not to be called from a
 * progress function (asserted). NULL is ignored.
 *
 * Since: 0.1
 */
DMALOAD_API void dmaload_ctx_destroy(struct dmaload_ctx *ctx);

/**
 * Give back what a context holds and does not use at the moment: rings or threads, the
 * bounce pool and its registration, and what was learned of disks. The next load makes
 * them anew.
 *
 * An idle context holds the pool (chunk_bytes times queue_depth, 6 MiB by default), if a
 * load has bounced; a ring of io_uring, or up to 4 threads, for each load that it did at
 * the same time; and no fd but the rings'. The pool stays pinned, which RLIMIT_MEMLOCK
 * charges to the user, only if the limit is at least four times the pool; else it is
 * registered for each load anew.
 *
 * @return 0; -EINVAL if ctx is NULL; -ECHILD if it belongs to this process's parent
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_ctx_trim(struct dmaload_ctx *ctx);

/** dmaload_range::length for everything from file_offset to the end. */
#define DMALOAD_TO_END UINT64_MAX

/**
 * A part of a file and its place in a buffer. Any alignment will do; reads are
 * fastest where file_offset and buffer_offset are multiples of 4096. Bytes of
 * the buffer outside of it are never written.
 *
 * A call takes any number of these, over any number of files and buffers. Those
 * that are neighbours in the file and in the buffer become one; all are read in
 * the order of their priority, then file by file in the order in which the files
 * are first named, then in the order of the file; and reads of different ranges
 * are in flight together. Ranges that lie close to each other in a file are read
 * together, so that many small ones cost what their bytes cost.
 *
 * Since: 0.1
 */
struct dmaload_range {
	/** The file; the call, or the job, keeps a reference. */
	struct dmaload_file *file;
	/** First byte of the file. */
	uint64_t file_offset;
	/** The buffer; the call, or the job, keeps a reference. */
	struct dmaload_buffer *buffer;
	/** First byte of the buffer. */
	uint64_t buffer_offset;
	/** Bytes, at least 1, or DMALOAD_TO_END: up to the end of the file or, if
	 * the buffer is stored, of the buffer. */
	uint64_t length;
	/**
	 * Ranges of a lower priority come first. When all ranges of one priority
	 * are there, the brackets of their buffers are ended, so that devices see
	 * the bytes, and only then the ranges count as complete: see
	 * dmaload_job_next_range(). So one priority costs at most one pair of SYNCs a
	 * buffer. The bracket of a buffer that has ranges of a later priority is
	 * opened again, which waits for the fences of devices that use it by then;
	 * give such devices a buffer of their own for each priority.
	 */
	uint32_t priority;
	/** 0; for later versions. */
	uint32_t reserved[3];
};

/** dmaload_options::paths: allow DMALOAD_PATH_DIRECT. Since: 0.2 */
#define DMALOAD_ALLOW_DIRECT 1u
/** dmaload_options::paths: allow DMALOAD_PATH_BOUNCE. Since: 0.2 */
#define DMALOAD_ALLOW_BOUNCE 2u
/** dmaload_options::paths: allow DMALOAD_PATH_BUFFERED. Since: 0.2 */
#define DMALOAD_ALLOW_BUFFERED 4u

/**
 * How a load treats the page cache. Since: 0.1
 */
enum dmaload_cache {
	/**
	 * The default: resident pages are copied from the page cache and stay there; all
	 * else goes past it, and leaves nothing behind. Runs shorter than a
	 * quarter of chunk_bytes are read from the disk with their neighbours,
	 * unless the whole range is shorter. Where the kernel does not tell
	 * this process what is resident, as DMALOAD_CACHE_BYPASS.
	 */
	DMALOAD_CACHE_AUTO = 0,
	/** All is read from the disk. Resident pages stay: the kernel writes
	 * dirty pages back before it reads, so the bytes are the same. */
	DMALOAD_CACHE_BYPASS = 1,
	/** All goes through the page cache, by the buffered path, and stays in
	 * it: for files that are about to be loaded again. */
	DMALOAD_CACHE_KEEP = 2,
};

/**
 * How far a load or a job is. Owned by the library where it is passed to a
 * progress function; else by the caller, who sets size.
 *
 * Since: 0.1
 */
struct dmaload_progress {
	/** sizeof(struct dmaload_progress). */
	size_t size;
	/** Bytes that are in their place. */
	uint64_t bytes_done;
	/** Bytes asked for; of a stream with an unknown length, the room. */
	uint64_t bytes_total;
	/** The part of bytes_done before the first gap, in the order in which
	 * ranges are read. For a single range, these are its first bytes, which
	 * the CPU may use. */
	uint64_t bytes_prefix;
	/** Ranges that are complete, for devices too. */
	uint64_t ranges_done;
	/** Ranges asked for. */
	uint64_t ranges_total;
};

/** Initialiser of a struct dmaload_progress: its size, all else 0. Since: 0.2 */
#define DMALOAD_PROGRESS_INIT DMALOAD_SIZED(struct dmaload_progress)

/**
 * Told how far a load is. Called after each batch of reads, and several times a
 * second while a stream is waited for, under no lock, from the thread that does
 * the work: the caller's own in a blocking call, one of the context's in a job. It may
 * ask for anything but to wait: a blocking call on the same context,
 * dmaload_job_wait() for a job of it, and dmaload_events_next() where it would wait, fail
 * with -EDEADLK; so does a blocking call on
 * another context, if it would have to wait for an earlier load.
 *
 * It must return: an exception of C++, longjmp(3) and pthread_exit(3) out of it are
 * forbidden. An exception ends the program by std::terminate().
 *
 * @param progress  valid during the call
 * @param data      dmaload_options::progress_data
 * @return 0 to go on; else the load stops and returns -ECANCELED
 *
 * Since: 0.1
 */
typedef int (*dmaload_progress_fn)(const struct dmaload_progress *progress,
				   void *data);

/** dmaload_options::flags: after a store, fsync(2) each file before success is
 * returned. Since: 0.1 */
#define DMALOAD_DURABLE 1u
/** dmaload_options::flags: at the next free place in flight, go ahead of loads of the same
 * context that are not urgent. One that is in the way of an urgent one becomes urgent, too.
 * Since: 0.1 */
#define DMALOAD_URGENT 2u
/** dmaload_options::flags: with dmaload_options::events, each complete range is an event,
 * too. Since: 0.1 */
#define DMALOAD_RANGE_EVENTS 4u

struct dmaload_events;

/**
 * How one load is to be done. Owned by the caller and copied. Zero in a member
 * means its default.
 *
 * Since: 0.1
 */
struct dmaload_options {
	/** sizeof(struct dmaload_options), as DMALOAD_OPTIONS_INIT sets it. */
	size_t size;
	/** The paths that may be used: DMALOAD_ALLOW_DIRECT,
	 * DMALOAD_ALLOW_BOUNCE and DMALOAD_ALLOW_BUFFERED; 0 for all. The flag
	 * of a path is 1 shifted left by its enum dmaload_path. Streams have one path and ignore it. Where
	 * direct and bounce may both be used, a long load into base pages, or many
	 * short ones, try which is faster: see dmaload_report::rate_direct. */
	uint32_t paths;
	/** enum dmaload_cache. Ignored by a store. */
	uint32_t cache;
	/** DMALOAD_DURABLE, DMALOAD_URGENT and DMALOAD_RANGE_EVENTS, or 0. */
	uint32_t flags;
	/** 0; for later versions. */
	uint32_t reserved;
	/**
	 * When to give up, in ns on CLOCK_MONOTONIC, or 0 for never. The call,
	 * or the job, then fails with -ETIME. It waits for requests in flight:
	 * a read cannot be taken back from a disk.
	 */
	uint64_t deadline_ns;
	/** Told how far the load is, or NULL. */
	dmaload_progress_fn progress;
	/** Passed to progress. */
	void *progress_data;
	/** Where a job reports: see struct dmaload_events; or NULL. For dmaload_submit()
	 * alone: blocking calls refuse it. */
	struct dmaload_events *events;
	/** The caller's. Each event of the job has it, and dmaload_job_user_data() returns
	 * it; the library never looks at it. */
	uint64_t user_data;
};

/** Initialiser of a struct dmaload_options: its size, all else 0. Since: 0.2 */
#define DMALOAD_OPTIONS_INIT DMALOAD_SIZED(struct dmaload_options)

/**
 * Load ranges of files into buffers, and return when every byte is there.
 *
 * Waits for earlier loads that are in its way: see struct dmaload_ctx. CPU access is bracketed by
 * DMA_BUF_IOCTL_SYNC, which is ended on every exit. When the call returns, no
 * read is in flight, whatever it returns. After a failure the ranges' bytes in
 * the buffers are undefined, all else is as it was, and the next load works.
 *
 * @param ctx      NULL: one with the defaults, which lives for the call (since 0.2)
 * @param ranges   what to load; no two may share bytes of a buffer
 * @param count    of ranges, at least 1
 * @param options  NULL for the defaults
 * @param report   receives the result, on every failure too, or NULL; set its size
 *                 first
 * @param err      receives the reason of a failure, or NULL
 * @return 0, or
 *         -EINVAL      an argument is NULL, a count or length 0, a reserved
 *                      member not 0, a struct's size or a mask of paths
 *                      malformed, two ranges overlap in a buffer, or options
 *                      have events
 *         -EOVERFLOW   an offset plus length, or all lengths together, exceed 64
 *                      bits; of a stream, an offset plus length exceeds 2^63 - 1
 *         -ERANGE      a range ends beyond its file
 *         -ENOSPC      a range ends beyond its buffer
 *         -EROFS       a buffer was adopted from a read-only fd
 *         -EBUSY       a load, store or job of another context uses bytes of these
 *                      ranges, and one of the two writes to them: bytes of a
 *                      buffer or of a file. A file is its device and inode,
 *                      however it was opened
 *         -EDEADLK     called from a progress function of the same context; or of
 *                      another one, and an earlier load is in the way
 *         -ECHILD      the context belongs to this process's parent
 *         -ENODATA     a file has become shorter since it was opened, or a
 *                      stream has ended
 *         -EIO         the disk failed; so other errors of reading. The message
 *                      names the file and the offset
 *         -EOPNOTSUPP  every path that options allow has declined; the message
 *                      has the last one's reason, the report all
 *         -ECANCELED   progress asked for it, or the context is being destroyed
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
 * Store ranges of buffers into files: the way back, by the same paths, with
 * O_DIRECT writes. The file is one of dmaload_file_create(), or was made from an
 * fd that is open for writing.
 *
 * Whole pages are written directly, or whole blocks of a file system whose blocks
 * are larger (XFS, Linux 6.12); the partial ones at the ends of a range are written
 * through the page cache when all else of their priority is written, written back,
 * and dropped from it unless they were there before. So bytes of the file outside of the ranges stay
 * what they are, and the file ends where the last range does, or where it did.
 * The space is allocated before the first byte is written, where the file system
 * can (fallocate(2)). After a failure the ranges' bytes in the file are
 * undefined.
 *
 * The bracket of CPU access is one for reading. Ranges that go to one file may
 * not share bytes of it.
 *
 * @return 0, or as dmaload_load(), but
 *         -EBADF   a file is not open for writing
 *         -ERANGE  a range ends beyond its buffer
 *         -EOVERFLOW  a range ends beyond 2^63 - 1, the largest file offset
 *         -ENOSPC  the disk is full; so -EDQUOT. The message names the file and
 *                  the offset
 *         -EFBIG   a range ends beyond RLIMIT_FSIZE, noticed before anything is
 *                  written, or beyond what the file system allows. The kernel's
 *                  SIGXFSZ is not delivered to the caller
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
 * Compare ranges of files with buffers, reading the files as a load on the
 * bounce or buffered path would, and the buffers through their mappings, inside a
 * SYNC bracket for reading. Leaves the page cache as it was.
 *
 * The direct path is ignored in options: nothing is written to a buffer. Streams
 * cannot be verified (-ESPIPE).
 *
 * @return 0 if all bytes are equal; -EBADMSG if not, and the message names the
 *         first difference found; else as dmaload_load(), but a buffer that is
 *         read-only will do, and ranges may overlap
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_verify(struct dmaload_ctx *ctx,
			       const struct dmaload_range *ranges, size_t count,
			       const struct dmaload_options *options,
			       struct dmaload_report *report,
			       struct dmaload_error *err);

/**
 * Find out which path a load of a range would take, and why not a better one,
 * without loading: opens the file and the engine as a load would and asks the kernel
 * whether the buffer's mapping can be pinned. No byte of the file is read, so a
 * refusal that only a read reveals is not foreseen; nor is what would be copied
 * from the page cache, nor that bounce may turn out to be faster than direct.
 *
 * @param ctx     as for dmaload_load()
 * @param path    receives the first path that did not decline
 * @param report  receives the reasons of those that did, or NULL
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
 * Load a stream whose length is not known into a buffer that is made for it.
 *
 * The buffer begins with hint bytes and is replaced by one twice as large
 * whenever it is full, into which what has come is copied; so while it grows,
 * up to one and a half times its last size is in use, and up to half of the
 * last buffer may stay unused. Never more than limit bytes are allocated for a
 * buffer. Before each, MemAvailable and the memory cgroups are asked, as
 * dmaload_buffer_create() does.
 *
 * A progress function gets the bytes of all buffers together, and no complete
 * range before the call returns.
 *
 * If you know the length, make the buffer yourself and call dmaload_load().
 *
 * @param out      receives the buffer; the caller destroys it
 * @param length   receives the bytes that came; they begin at the buffer's first
 * @param ctx      as for dmaload_load()
 * @param stream   of dmaload_file_from_stream()
 * @param source   as for dmaload_buffer_create()
 * @param hint     bytes to begin with; 0: 16 MiB
 * @param limit    the most that may come, in bytes; 0: no limit but memory
 * @return 0, or
 *         -EINVAL   stream is no stream
 *         -EFBIG    more than limit bytes came
 *         -ENODATA  the stream was empty
 *         -ENOMEM   there is no memory for the next larger buffer; the message
 *                   says how much has come, that a length would help, and what
 *                   limits the memory
 *         or as dmaload_load() and dmaload_buffer_create()
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
