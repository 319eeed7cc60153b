/* SPDX-License-Identifier: MIT */
/** @file How much memory this process can still get. */
#ifndef DMALOAD_MEMORY_H
#define DMALOAD_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Size of dmaload_memory::cgroup in bytes, including the final NUL. */
#define DMALOAD_CGROUP_SIZE 256

/** Size of dmaload_memory::cgroup_limit_name in bytes, including the final
 * NUL. */
#define DMALOAD_LIMIT_SIZE 48

/**
 * How much memory this process can still get. Owned by the caller, who
 * initialises it with DMALOAD_MEMORY_INIT. All figures are in bytes. A figure
 * that the kernel does not report is DMALOAD_UNKNOWN.
 *
 * Since: 0.1
 */
struct dmaload_memory {
	/** In: the size of the struct, set by DMALOAD_MEMORY_INIT. */
	size_t size;
	/**
	 * The largest "memfd" or "udmabuf" buffer that dmaload_buffer_create()
	 * would grant now, apart from udmabuf's own limit. This is less than
	 * the room of the cgroup, because a load needs some memory besides the
	 * buffer.
	 */
	uint64_t room_bytes;
	/** MemAvailable of /proc/meminfo. */
	uint64_t available_bytes;
	/** Memory that was granted to buffers of this process and is not in use
	 * yet: a thread is still populating them. Never unknown. */
	uint64_t promised_bytes;
	/**
	 * The directory of the memory cgroup with the least room: the process's
	 * own, or one of its visible parents. If the path is too long, "..."
	 * replaces its beginning. Empty if no limit is known.
	 */
	char cgroup[DMALOAD_CGROUP_SIZE];
	/**
	 * The name of its limit: "memory.max" or "memory.high", whichever is
	 * lower. In version 1 of cgroups, "memory.limit_in_bytes", or the limit
	 * of a hidden parent.
	 */
	char cgroup_limit_name[DMALOAD_LIMIT_SIZE];
	/** The value of this limit. Unknown if cgroup is empty. */
	uint64_t cgroup_limit_bytes;
	/** The memory that is charged to the cgroup. Unknown if cgroup is
	 * empty. */
	uint64_t cgroup_usage_bytes;
	/** The part of the usage that the kernel reclaims at the limit: file
	 * pages in the page cache, without swap. Unknown if cgroup is empty. */
	uint64_t cgroup_reclaimable_bytes;
	/**
	 * Dirty file pages. They become reclaimable when they are written to
	 * the disk, for example by sync(2). 0 in version 1 of cgroups, which
	 * waits for them. Unknown if cgroup is empty.
	 */
	uint64_t cgroup_dirty_bytes;
	/** The bytes that can still be charged: limit - usage + reclaimable.
	 * Unknown if cgroup is empty. */
	uint64_t cgroup_room_bytes;
	/** Why limits are not known, in a sentence: for example, parents are
	 * outside of the cgroup namespace. Empty if all are known. */
	char note[DMALOAD_REASON_SIZE];
};

/** Initialise a struct dmaload_memory: set its size, clear the rest.
 * Since: 0.2 */
#define DMALOAD_MEMORY_INIT DMALOAD_SIZED(struct dmaload_memory)

/**
 * Query how much memory this process can still get, and which memory cgroup
 * limits it most. Thread-safe.
 *
 * Allocates nothing. Reads /proc/meminfo, /proc/self/cgroup and
 * /proc/self/mountinfo. In each visible cgroup it reads memory.max,
 * memory.high, memory.current and memory.stat, or the same figures of version
 * 1.
 *
 * dmaload_buffer_create() compares the size of a buffer with the same figures:
 *
 * - The kernel charges "memfd" and "udmabuf" to the cgroup, so room_bytes
 *   decides.
 * - It does not charge heaps, so available_bytes less promised_bytes decides.
 *   The exception is "system" on Linux 7.0 and later, if the parameter
 *   dma_heap.mem_accounting is set.
 * - It charges reserved huge pages if cgroups are mounted with
 *   memory_hugetlb_accounting (Linux 6.7).
 *
 * A buffer of room_bytes may still be refused, or fail: a parent's limit may be
 * hidden, and other processes take memory at any time.
 *
 * @param memory  receives the figures; its size must be set
 * @param err     receives the reason of a failure, or NULL
 * @return 0; -EINVAL if memory is NULL or has no size
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_memory_query(struct dmaload_memory *memory,
				     struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
