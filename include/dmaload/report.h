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
 * The ways from a file into a buffer, and back. A load tries direct, bounce and
 * buffered in this order, for each pair of file and buffer; each may decline, with
 * a reason, and the next goes on where it stood.
 *
 * Since: 0.1
 */
enum dmaload_path {
	/**
	 * O_DIRECT reads into the buffer's own mapping: no copy, no page cache. Works where the exporter's mapping can be pinned, which no
	 * heap of the mainline kernel grants from 6.12 to 7.3.
	 */
	DMALOAD_PATH_DIRECT = 0,
	/**
	 * O_DIRECT reads into a small pinned pool, copied into the mapping while
	 * later reads are in flight: one copy, no page cache.
	 */
	DMALOAD_PATH_BOUNCE = 1,
	/**
	 * Ordinary reads into the mapping, for files without O_DIRECT: one copy;
	 * the pages that this brings into the page cache are dropped again, those
	 * that were there before stay.
	 */
	DMALOAD_PATH_BUFFERED = 2,
	/**
	 * Resident pages are copied from the page cache, and stay: see enum
	 * dmaload_cache.
	 */
	DMALOAD_PATH_CACHED = 3,
	/** read(2) into the mapping, from a pipe, a socket or a device. */
	DMALOAD_PATH_STREAM = 4,
};

/**
 * How O_DIRECT requests are kept in flight, on the paths direct and bounce.
 *
 * Since: 0.1
 */
enum dmaload_engine {
	/** In a configuration: io_uring where it is granted and no seccomp filter is
	 * active, else threads: see enum dmaload_syscalls. In a report: none was
	 * used. */
	DMALOAD_ENGINE_AUTO = 0,
	/** io_uring, which containers, Android and hardened hosts refuse. */
	DMALOAD_ENGINE_URING = 1,
	/** pread(2) and pwrite(2) by a few threads, which the first load starts and
	 * the context keeps: see dmaload_ctx_trim(). All signals are blocked in
	 * them. */
	DMALOAD_ENGINE_THREADS = 2,
};

/**
 * Which system calls the library makes. A value includes those before it.
 *
 * A seccomp(2) filter that traps or kills at a system call which it does not know ends
 * the process, and nobody can notice that from inside. Android's filter for apps
 * does, and that of a systemd service whose SystemCallFilter= has no errno. So, left
 * to itself, the library makes no newer call where a filter is active. A filter that
 * refuses, as those of containers do, leaves the choice to the caller: with
 * DMALOAD_SYSCALLS_ALL each call that is refused has a substitute.
 *
 * Since: 0.1
 */
enum dmaload_syscalls {
	/**
	 * In a configuration: all, where /proc/thread-self/status says that no
	 * filter is active; under a filter, and without /proc,
	 * DMALOAD_SYSCALLS_OLD; under a filter in a systemd service, which its
	 * cgroup tells, DMALOAD_SYSCALLS_BASIC. Each load decides that once,
	 * for the thread that does it: do not install a filter while a load
	 * goes on. In a report: no such call came into question.
	 */
	DMALOAD_SYSCALLS_AUTO = 0,
	/** Neither those of DMALOAD_SYSCALLS_OLD nor mincore(2), which no set of
	 * systemd's has (since version 241). Nobody knows then what is in the page cache, as where the kernel
	 * does not tell: see DMALOAD_CACHE_AUTO. */
	DMALOAD_SYSCALLS_BASIC = 1,
	/** None of io_uring (Linux 5.1), cachestat(2) (6.5), statx(2) (4.11), and
	 * preadv2(2) (4.6): threads, mincore(2), fstat(2) and pread(2) stand in.
	 * memfd_create(2) (3.17) has no substitute, and is called where a memfd or
	 * udmabuf is asked for by name. */
	DMALOAD_SYSCALLS_OLD = 2,
	/** All, whatever filters there are. */
	DMALOAD_SYSCALLS_ALL = 3,
};

/** Room for the paths of later versions. */
#define DMALOAD_PATHS_MAX 8

/** The pages of the bounce pool, or of buffers. Since: 0.1 */
enum dmaload_pages {
	/** There is none, or the kernel (before 6.7) cannot tell. */
	DMALOAD_PAGES_UNKNOWN = 0,
	/** Base pages, some or all: reads of 1 MiB may be split by the disk. */
	DMALOAD_PAGES_BASE = 1,
	/** Transparent huge pages, all of it; of a buffer, but for what is less than
	 * one at its ends. */
	DMALOAD_PAGES_TRANSPARENT = 2,
	/** Reserved huge pages (hugetlb), all of it. */
	DMALOAD_PAGES_HUGETLB = 3,
};

/**
 * The result of a load, with its figures. Owned by the caller, who sets size.
 *
 * Every call that takes a report fills in the rest. A load that fails reports its
 * progress until then. A call that fails before it does anything, for example
 * without a context, gives a clear report: members are 0, or DMALOAD_UNKNOWN where
 * that is documented. If size is invalid, the call fails with -EINVAL and does not
 * write to the report; nor does dmaload_job_wait() before the end of the job.
 *
 * The library omits members that the caller does not know, and zeroes those that
 * only the caller knows.
 *
 * Since: 0.1
 */
struct dmaload_report {
	/** In: sizeof(struct dmaload_report), as DMALOAD_REPORT_INIT sets it. */
	size_t size;
	/** Bytes asked for, after DMALOAD_TO_END was resolved. */
	uint64_t bytes_total;
	/** Bytes that O_DIRECT reads put into the buffer's own pages. */
	uint64_t bytes_direct;
	/**
	 * Bytes read by O_DIRECT and copied. The unaligned edges of a direct load
	 * count here: at most a block at either end.
	 */
	uint64_t bytes_bounced;
	/** Bytes read or written through the page cache; of a store, also the
	 * partial pages at the ends of ranges. */
	uint64_t bytes_buffered;
	/** Bytes copied from pages that were resident before. */
	uint64_t bytes_cached;
	/** Bytes read from streams. */
	uint64_t bytes_streamed;
	/** Ranges asked for. */
	uint64_t ranges;
	/** The extents that they were merged to: contiguous in file and buffer.
	 */
	uint64_t extents;
	/** Pairs of SYNC, of all buffers. */
	uint64_t brackets;
	/** From the call, or the submission, to the beginning of the work. */
	uint64_t queued_ns;
	/**
	 * The most memory that was pinned for I/O at one time, in bytes: the pool
	 * and, on the direct path, the parts of the buffer with a read in flight.
	 */
	uint64_t pinned_bytes;
	/**
	 * Pages that this load brought into the page cache and that were still there
	 * when it ended, in bytes, whole pages. Pages that other processes brought
	 * in meanwhile are not counted, unless the file system does not report the
	 * alignment of direct I/O (STATX_DIOALIGN, Linux 6.1) and each direct read
	 * met them. DMALOAD_UNKNOWN if the kernel does not report residency to
	 * this process: see dmaload_file_resident().
	 */
	uint64_t cache_residue_bytes;
	/** Pages, from the first to the last byte that was asked for of each file,
	 * that were resident when the load came to them, in bytes, whole pages; or
	 * DMALOAD_UNKNOWN. */
	uint64_t cache_before_bytes;
	/** Allocating and mapping the buffers, added up; populating them too,
	 * unless a thread did that: see create_ns. For an adopted buffer,
	 * mapping it. */
	uint64_t alloc_ns;
	/**
	 * How long it took to populate the buffers that are of the source "udmabuf"
	 * or "memfd" and to make their dma-bufs, added up; in the background, from
	 * dmaload_buffer_create() on. 0 if a load failed before that was done.
	 */
	uint64_t create_ns;
	/** The part of create_ns that passed while this load was reading. */
	uint64_t overlap_ns;
	/** Waiting for the rest of it, when all had been read; part of total_ns. */
	uint64_t create_wait_ns;
	/**
	 * enum dmaload_pages: the pages of all buffers of the source "udmabuf" or "memfd", as the
	 * kernel mapped them when they were populated: it shows whether huge
	 * pages that were asked for were granted. Other buffers do not count.
	 */
	uint32_t buffer_pages;
	/** The bytes of these buffers in huge pages. DMALOAD_UNKNOWN if the
	 * kernel (before 6.7) does not tell, or there is no such buffer. */
	uint64_t buffer_huge_bytes;
	/** The same in words, and if not all is in huge pages, why; also if there were no
	 * reserved huge pages for "udmabuf:2M". Empty if there is no such buffer, or a
	 * load failed before it was populated. */
	char buffer_pages_note[DMALOAD_REASON_SIZE];
	/** From the first read submitted to the end of the SYNC bracket. */
	uint64_t total_ns;
	/** The part of total_ns spent waiting for reads, or inside read(2) on
	 * the buffered path, whose copying cannot be told apart. */
	uint64_t read_ns;
	/** The part of total_ns spent copying from the pool into the mapping.
	 */
	uint64_t copy_ns;
	/** Inside DMA_BUF_IOCTL_SYNC. The START comes before the first read and
	 * so is not part of total_ns. */
	uint64_t sync_ns;
	/** Reads submitted, repetitions included. */
	uint64_t reads;
	/** The reads among these that were repeated after EINTR or EAGAIN, or
	 * to complete a short one. */
	uint64_t retries;
	/**
	 * The speed of direct reads into the buffer, in bytes per second, where it was tried
	 * which of direct and bounce is faster; 0 where it was not tried.
	 *
	 * It is tried if both are allowed and possible, the buffer is not in huge pages, and
	 * this load reads 384 MiB or more into it, or earlier loads have read 96 MiB: each
	 * reads 24 MiB or a little more, and all later loads from that disk into the
	 * buffer go by bounce if that was faster by 10 % or more, else directly. Ranges
	 * shorter than a quarter of a chunk neither count nor are bounced for that. These
	 * sizes are 64, 16 and 4 times the pool, if it is of another size than the
	 * default.
	 */
	uint64_t rate_direct;
	/** The same by bounce. */
	uint64_t rate_bounced;
	/** enum dmaload_pages: the pages of the bounce pool. */
	uint32_t pool_pages;
	/** 1 if the pool was registered with io_uring, else 0. */
	int pool_registered;
	/** Why the pool was offered for registering and is not registered, or empty:
	 * the errno, or that threads cannot. */
	char pool_unregistered[DMALOAD_REASON_SIZE];
	/** Why the pool was smaller than chunk_bytes * queue_depth, or empty: the
	 * size that it had, each that was refused, and the errno; ENOMEM also if it
	 * exceeds the room of a memory cgroup. Reads in flight are fewer then. */
	char pool_reduced[DMALOAD_REASON_SIZE];
	/** enum dmaload_engine: that of direct and bounce; DMALOAD_ENGINE_AUTO if no byte was
	 * asked for by either, or one read was enough, which the thread did
	 * itself. For a probe, the engine that they would use. */
	uint32_t engine;
	/** Why it was not io_uring, or empty: not asked for. Else it was refused, or,
	 * under a seccomp filter, not tried. */
	char engine_declined[DMALOAD_REASON_SIZE];
	/** Why a path was not used, or not to the end, the last reason where several
	 * files or buffers had one; indexed by enum dmaload_path; empty where it was
	 * not asked or did its work. */
	char declined[DMALOAD_PATHS_MAX][DMALOAD_REASON_SIZE];
	/** 1 if it was a store: what is said of reads, here and in the text, is then
	 * of writes. 0 of a load and of a comparison. */
	int stored;
	/** enum dmaload_syscalls: which system calls might be made; DMALOAD_SYSCALLS_AUTO if that made no
	 * difference, as of a stream. */
	uint32_t syscalls;
	/** Why not all, and what to do about it, or empty. */
	char syscalls_reduced[DMALOAD_REASON_SIZE];
	/** The longest read of direct and bounce, in bytes, when the last one was made; 0 if
	 * neither was used. It is dmaload_config::chunk_bytes, or, if that is 0, what was
	 * found to suit the disk: see there. */
	uint32_t chunk_bytes;
	/** How many reads of that length may have been in flight. */
	uint32_t queue_depth;
};

/** Initialiser of a struct dmaload_report: its size, all else 0. Since: 0.2 */
#define DMALOAD_REPORT_INIT DMALOAD_SIZED(struct dmaload_report)

/** "direct", "bounce", "buffered", "cached" or "stream"; NULL for no such path. Static memory.
 * Since: 0.1 */
DMALOAD_API const char *dmaload_path_name(uint32_t path);

/** "io_uring" or "threads"; "auto" for DMALOAD_ENGINE_AUTO; NULL for no such engine.
 * Static memory. Since: 0.1 */
DMALOAD_API const char *dmaload_engine_name(uint32_t engine);

/** "auto", "basic", "old" or "all"; NULL for no such value. Static memory. Since: 0.1 */
DMALOAD_API const char *dmaload_syscalls_name(uint32_t syscalls);

/**
 * Query which system calls a load would make now, in this thread, if the context
 * leaves it to the library. Thread-safe.
 *
 * @param reason  receives why not all, at most size bytes, the final NUL included;
 *                empty for all; may be NULL
 * @return not DMALOAD_SYSCALLS_AUTO
 *
 * Since: 0.1
 */
DMALOAD_API enum dmaload_syscalls dmaload_syscalls_query(char *reason, size_t size);

/**
 * The path that carried most of the bytes. The direct path where nothing was
 * carried by any, or there is no report. Never reads beyond the report's size.
 *
 * Since: 0.1
 */
DMALOAD_API enum dmaload_path
dmaload_report_path(const struct dmaload_report *report);

/**
 * Write the report as lines of text for people, as snprintf(3) would, but never a
 * part of a character. A terminal may show the text, whatever the report holds. Never
 * reads beyond the report's size: members beyond it count as in a clear report. With
 * an invalid size, or without a report, all members do.
 *
 * @param text  receives at most size bytes, the final NUL included; may be NULL
 * @return the length of the whole text without the NUL, in bytes
 *
 * Since: 0.1
 */
DMALOAD_API size_t dmaload_report_format(const struct dmaload_report *report,
					 char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
