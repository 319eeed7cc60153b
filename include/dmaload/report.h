/* SPDX-License-Identifier: MIT */
/** @file The result of a load. */
#ifndef DMALOAD_REPORT_H
#define DMALOAD_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The ways from a file into a buffer, and back. Later versions may add values.
 *
 * For each pair of file and buffer, a load tries direct, bounce and buffered in
 * this order. A path may decline, with a reason; the next path continues where
 * it stopped.
 *
 * Since: 0.1
 */
enum dmaload_path {
	/**
	 * O_DIRECT reads into the buffer's own pages: no copy, no page cache.
	 * Needs a mapping that can be pinned, which no heap of the mainline
	 * kernel grants (6.12 to 7.3).
	 */
	DMALOAD_PATH_DIRECT = 0,
	/**
	 * O_DIRECT reads into a small pinned pool, and copies into the mapping
	 * while later reads are in flight: one copy, no page cache.
	 */
	DMALOAD_PATH_BOUNCE = 1,
	/**
	 * Ordinary reads into the mapping, for files without O_DIRECT: one
	 * copy. The load drops the pages that it brings into the page cache.
	 * Pages that were there before stay.
	 */
	DMALOAD_PATH_BUFFERED = 2,
	/** Copies from pages that are in the page cache, and stay there: see
	 * enum dmaload_cache. */
	DMALOAD_PATH_CACHED = 3,
	/** read(2) into the mapping, from a pipe, a socket or a character
	 * device. */
	DMALOAD_PATH_STREAM = 4,
};

/**
 * How O_DIRECT requests are kept in flight, on the paths direct and bounce.
 * Later versions may add values.
 *
 * Since: 0.1
 */
enum dmaload_engine {
	/**
	 * In a configuration: io_uring if the kernel allows it and no seccomp
	 * filter is active, else threads: see enum dmaload_syscalls. In a
	 * report: no engine was used.
	 */
	DMALOAD_ENGINE_AUTO = 0,
	/** io_uring, which many containers, Android and hardened hosts refuse.
	 * */
	DMALOAD_ENGINE_URING = 1,
	/**
	 * pread(2) and pwrite(2) by a few threads. The first load starts them
	 * and the context keeps them: see dmaload_ctx_trim(). All signals are
	 * blocked in them.
	 */
	DMALOAD_ENGINE_THREADS = 2,
};

/**
 * Which system calls the library makes. Each value includes the calls of those
 * before it, apart from 0. Later versions may add values.
 *
 * Some seccomp(2) filters end the process at a system call that they do not
 * know, and the library cannot find out beforehand. Examples are Android's
 * filter for apps, and a systemd service whose SystemCallFilter= has no errno.
 * So by default the library makes no newer call while a filter is active. The
 * filters of containers return an error instead. There you can choose
 * DMALOAD_SYSCALLS_ALL: each call that a filter refuses has a substitute.
 *
 * Since: 0.1
 */
enum dmaload_syscalls {
	/**
	 * In a configuration: let the library choose.
	 *
	 * - DMALOAD_SYSCALLS_ALL if /proc/thread-self/status says that no
	 *   filter is active;
	 * - DMALOAD_SYSCALLS_BASIC under a filter in a systemd service, as the
	 *   cgroup shows;
	 * - DMALOAD_SYSCALLS_OLD under another filter, and without /proc.
	 *
	 * Each load decides this once, for the thread that does it. So do not
	 * install a filter while a load is running.
	 *
	 * In a report: the load had no use for the newer calls.
	 */
	DMALOAD_SYSCALLS_AUTO = 0,
	/**
	 * As DMALOAD_SYSCALLS_OLD, and no mincore(2), which the sets of calls
	 * of systemd 241 and later do not have. So the contents of the page
	 * cache are unknown: see DMALOAD_CACHE_AUTO.
	 */
	DMALOAD_SYSCALLS_BASIC = 1,
	/**
	 * No io_uring (Linux 5.1), cachestat(2) (6.5), statx(2) (4.11) and
	 * preadv2(2) (4.6). Threads, mincore(2), fstat(2) and pread(2) replace
	 * them. memfd_create(2) (3.17) has no substitute: it is called only if
	 * you name the source "memfd" or "udmabuf".
	 */
	DMALOAD_SYSCALLS_OLD = 2,
	/** All calls, whatever filters are active. */
	DMALOAD_SYSCALLS_ALL = 3,
};

/** Number of elements of dmaload_report::declined: room for paths of later
 * versions. */
#define DMALOAD_PATHS_MAX 8

/**
 * The kind of pages behind the bounce pool, or behind buffers. Later versions
 * may add values.
 *
 * Since: 0.1
 */
enum dmaload_pages {
	/** There are none, or the kernel (before 6.7) does not report them. */
	DMALOAD_PAGES_UNKNOWN = 0,
	/** Base pages, at least in part. A disk may split reads of 1 MiB. */
	DMALOAD_PAGES_BASE = 1,
	/** Transparent huge pages throughout. The ends of a buffer may be in
	 * base pages, if they are shorter than a huge page. */
	DMALOAD_PAGES_TRANSPARENT = 2,
	/** Reserved huge pages (hugetlb) throughout. */
	DMALOAD_PAGES_HUGETLB = 3,
};

/**
 * The result of a load, with its figures. Owned by the caller, who initialises
 * it with DMALOAD_REPORT_INIT. In the report of a store, "reads" are writes.
 *
 * Every call that takes a report fills it in:
 *
 * - A load that fails reports what it did until then.
 * - A call that fails before it does anything clears the report: members are 0,
 *   or DMALOAD_UNKNOWN where that is documented. stored is 1 for a store.
 * - If size is invalid, the call fails with -EINVAL and leaves the report
 *   alone. dmaload_job_wait() also leaves it alone before the end of the job.
 *
 * The library leaves out members that the caller's version does not have, and
 * zeroes members that only the caller's version has.
 *
 * In share/doc/dmaload, DEBUGGING.md explains what to do if a load is slow,
 * went buffered or was refused, and doc/report.md explains each line of
 * dmaload_report_format().
 *
 * Since: 0.1
 */
struct dmaload_report {
	/** In: the size of the struct, set by DMALOAD_REPORT_INIT. */
	size_t size;
	/** Requested bytes; DMALOAD_TO_END counts as the actual length. */
	uint64_t bytes_total;
	/** Bytes that O_DIRECT reads put into the buffers' own pages. */
	uint64_t bytes_direct;
	/** Bytes that were read with O_DIRECT and copied. These include the
	 * unaligned edges of a direct load: at most a block at either end. */
	uint64_t bytes_bounced;
	/** Bytes that were read or written through the page cache. In a store,
	 * these include the partial units at the ends of ranges: see
	 * dmaload_store(). */
	uint64_t bytes_buffered;
	/** Bytes that were copied from pages in the page cache. */
	uint64_t bytes_cached;
	/** Bytes that were read from streams. */
	uint64_t bytes_streamed;
	/** Requested ranges. */
	uint64_t ranges;
	/** Extents after merging: each is contiguous in its file and its
	 * buffer. */
	uint64_t extents;
	/** Pairs of SYNC, of all buffers together. */
	uint64_t brackets;
	/** Time from the call, or the submission, until the work began. */
	uint64_t queued_ns;
	/** The maximum of the memory that was pinned at one time, in bytes: the
	 * pool and, on the direct path, the parts of buffers with a read in
	 * flight. */
	uint64_t pinned_bytes;
	/**
	 * Pages that this load brought into the page cache and that were still
	 * there at its end, in bytes of whole pages. DMALOAD_UNKNOWN if the
	 * kernel does not report residency to this process: see
	 * dmaload_file_resident().
	 *
	 * Pages that other processes brought in meanwhile do not count. They do
	 * count if the file system does not report the alignment of direct I/O
	 * (STATX_DIOALIGN, Linux 6.1) and each direct read met such pages.
	 */
	uint64_t cache_residue_bytes;
	/** Pages that were in the page cache when the load reached them, in
	 * bytes of whole pages: in each file from the first to the last
	 * requested byte. Or DMALOAD_UNKNOWN. */
	uint64_t cache_before_bytes;
	/** Time to allocate and map the buffers, added up. Includes the time to
	 * populate them, unless a thread did it: see create_ns. For an adopted
	 * buffer, the time to map it. */
	uint64_t alloc_ns;
	/** Time that background threads took to populate "udmabuf" and "memfd"
	 * buffers and to make their dma-bufs, added up. 0 if a load failed
	 * before that was done. */
	uint64_t create_ns;
	/** The part of create_ns that passed while this load was reading. */
	uint64_t overlap_ns;
	/** The part of total_ns that was spent waiting for these threads after
	 * the last read. */
	uint64_t create_wait_ns;
	/** enum dmaload_pages: the pages of all "udmabuf" and "memfd" buffers,
	 * as the kernel mapped them. Shows whether huge pages were granted.
	 * Other buffers do not count. */
	uint32_t buffer_pages;
	/** The bytes of these buffers that are in huge pages. DMALOAD_UNKNOWN
	 * if there is no such buffer, or the kernel (before 6.7) does not
	 * report it.
	 */
	uint64_t buffer_huge_bytes;
	/** The same in words, and why not all bytes are in huge pages, or why
	 * "udmabuf:2M" got none. Empty if there is no such buffer, or if a load
	 * failed before the buffer was populated. Without such a buffer, says if
	 * a heap is uncached by its name, so that the CPU reads it slowly. */
	char buffer_pages_note[DMALOAD_REASON_SIZE];
	/**
	 * Time from the submission of the first read to the end of the last
	 * SYNC bracket; with DMALOAD_DURABLE, to the end of fsync(2). 0 if
	 * nothing was read.
	 *
	 * Besides reading, copying and syncing, this includes create_wait_ns
	 * and other waits: while reads catch up with the thread that populates
	 * the buffer, while other loads use all slots, and in the caller's
	 * progress function.
	 */
	uint64_t total_ns;
	/** The part of total_ns spent waiting for reads. On the buffered and
	 * cached paths this includes copying, which the kernel does. */
	uint64_t read_ns;
	/** The part of total_ns spent copying from the pool to the mapping.
	 * This includes waiting for the pages that are copied to, while the
	 * buffer is being populated. */
	uint64_t copy_ns;
	/** Time inside DMA_BUF_IOCTL_SYNC. The first START comes before the
	 * first read, so it is not part of total_ns. */
	uint64_t sync_ns;
	/** Reads that were submitted, repeated ones included. */
	uint64_t reads;
	/** Reads that were repeated, after EINTR or EAGAIN or to complete a
	 * short read. */
	uint64_t retries;
	/**
	 * Speed of direct reads into the buffer, in bytes per second, if direct
	 * and bounce were compared; 0 if they were not.
	 *
	 * They are compared if both are allowed and possible, the buffer is not
	 * in huge pages, and either this load reads 384 MiB or more into it or
	 * earlier loads have read 96 MiB. Each path reads 24 MiB or slightly
	 * more. All later loads from that disk into the buffer use bounce if it
	 * was at least 10 % faster, else direct.
	 *
	 * Ranges shorter than a quarter of a chunk neither count nor change
	 * path. The three sizes are 64, 16 and 4 times the pool.
	 */
	uint64_t rate_direct;
	/** The same for bounce. */
	uint64_t rate_bounced;
	/** enum dmaload_pages: the pages of the bounce pool. */
	uint32_t pool_pages;
	/** 1 if the pool was registered with io_uring, else 0. */
	int pool_registered;
	/** Why the pool was not registered: the errno, or that threads do not
	 * register memory. Empty if it was registered, or if no registration
	 * was tried. */
	char pool_unregistered[DMALOAD_REASON_SIZE];
	/**
	 * Why the pool was smaller than chunk_bytes * queue_depth, so that
	 * fewer reads were in flight: its size, each size that was refused, and
	 * the errno. ENOMEM also means that the pool exceeded the room of a
	 * memory cgroup. Empty if the pool had its full size.
	 */
	char pool_reduced[DMALOAD_REASON_SIZE];
	/**
	 * enum dmaload_engine: the engine of direct and bounce.
	 *
	 * DMALOAD_ENGINE_AUTO if neither path read anything, or if one read was
	 * enough, which the thread did itself. After dmaload_probe(), the
	 * engine that a load would use, if the path is direct or bounce.
	 */
	uint32_t engine;
	/** Why the engine was not io_uring: the kernel refused it or, under a
	 * seccomp filter, the library did not try it. Otherwise empty. */
	char engine_declined[DMALOAD_REASON_SIZE];
	/** Why a path was not used, or not until the end; indexed by enum
	 * dmaload_path. With several files or buffers, the last reason. Empty
	 * if the path was not tried, or did its work. */
	char declined[DMALOAD_PATHS_MAX][DMALOAD_REASON_SIZE];
	/** 1 for a store: then "reads" are writes, here and in the text of
	 * dmaload_report_format(). 0 for a load or a comparison. */
	int stored;
	/** enum dmaload_syscalls: the calls that the load was allowed to make.
	 * DMALOAD_SYSCALLS_AUTO if this made no difference, as for a stream. */
	uint32_t syscalls;
	/** Why not all calls were allowed, and the remedy; empty if all were.
	 */
	char syscalls_reduced[DMALOAD_REASON_SIZE];
	/** The length of direct and bounced reads at the end of the load, in
	 * bytes; 0 if there were none. It is dmaload_config::chunk_bytes or, if
	 * that is 0, the length that suits the disk. */
	uint32_t chunk_bytes;
	/** How many reads of that length could be in flight. */
	uint32_t queue_depth;
};

/** Initialise a struct dmaload_report: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_REPORT_INIT DMALOAD_SIZED(struct dmaload_report)

/**
 * Return the name of a path: "direct", "bounce", "buffered", "cached" or
 * "stream".
 *
 * @param path  enum dmaload_path
 * @return static memory; NULL for an unknown value
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_path_name(uint32_t path);

/**
 * Return the name of an engine: "auto", "io_uring" or "threads".
 *
 * @param engine  enum dmaload_engine
 * @return static memory; NULL for an unknown value
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_engine_name(uint32_t engine);

/**
 * Return the name of a set of system calls: "auto", "basic", "old" or "all".
 *
 * @param syscalls  enum dmaload_syscalls
 * @return static memory; NULL for an unknown value
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_syscalls_name(uint32_t syscalls);

/**
 * Query which system calls a load in this thread would make now, if the context
 * has DMALOAD_SYSCALLS_AUTO. Thread-safe.
 *
 * @param reason  receives why not all calls are made, or an empty string; may
 *                be NULL
 * @param size    of reason in bytes, including the final NUL
 * @return never DMALOAD_SYSCALLS_AUTO
 *
 * Since: 0.2
 */
DMALOAD_API enum dmaload_syscalls dmaload_syscalls_query(char *reason,
							 size_t size);

/**
 * Return the path that moved most of the bytes. Never reads beyond the report's
 * size.
 *
 * @return DMALOAD_PATH_DIRECT if no path moved any, or report is NULL
 *
 * Since: 0.1
 */
DMALOAD_API enum dmaload_path
dmaload_report_path(const struct dmaload_report *report);

/**
 * Write the report as lines of text for people, as snprintf(3) would.
 *
 * The text is safe to show on a terminal, and never ends inside a character.
 * Members beyond the report's size count as in a cleared report; if report is
 * NULL or its size is invalid, all members do.
 *
 * @param text  receives the text; may be NULL
 * @param size  of text in bytes, including the final NUL
 * @return the length of the whole text in bytes, without the NUL
 *
 * Since: 0.1
 */
DMALOAD_API size_t dmaload_report_format(const struct dmaload_report *report,
					 char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
