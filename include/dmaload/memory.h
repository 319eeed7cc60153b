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

/** Size in bytes of a cgroup's folder, the final NUL included. */
#define DMALOAD_CGROUP_SIZE 256

/** Size in bytes of a limit's name, the final NUL included. */
#define DMALOAD_LIMIT_SIZE 48

/**
 * How much memory this process may still take. Owned by the caller, who sets
 * size. All figures are in bytes, and DMALOAD_UNKNOWN if the kernel does not
 * report them.
 *
 * Since: 0.1
 */
struct dmaload_memory {
	/** In: sizeof(struct dmaload_memory), as DMALOAD_MEMORY_INIT sets it. */
	size_t size;
	/**
	 * The largest "memfd" or "udmabuf" buffer that dmaload_buffer_create()
	 * would grant now, udmabuf's own limit aside. A load in a cgroup needs
	 * some memory beside the buffer, so this is less than the room of the
	 * cgroup.
	 */
	uint64_t room_bytes;
	/** MemAvailable of /proc/meminfo. */
	uint64_t available_bytes;
	/** Buffers of this process have been granted this much and have not
	 * taken it yet: a thread is still populating them. Never unknown. */
	uint64_t promised_bytes;
	/**
	 * The memory cgroup with the least room: of the process's own and all
	 * its parents that are visible. The folder that has its files; if that
	 * is too long, "..." and its end. Empty if no limit is known.
	 */
	char cgroup[DMALOAD_CGROUP_SIZE];
	/** Which limit it is: "memory.max" or "memory.high", whichever is
	 * lower; in version 1 of cgroups "memory.limit_in_bytes", or that of a
	 * hidden parent. */
	char cgroup_limit_name[DMALOAD_LIMIT_SIZE];
	/** The limit itself; unknown if cgroup is empty. */
	uint64_t cgroup_limit_bytes;
	/** The bytes charged to that cgroup; unknown if cgroup is empty. */
	uint64_t cgroup_usage_bytes;
	/** The part of the usage that the kernel reclaims when the limit is
	 * reached: file pages in the page cache. Swap is not counted on.
	 * Unknown if cgroup is empty. */
	uint64_t cgroup_reclaimable_bytes;
	/** File pages that are not among these before they are written to the
	 * disk, as sync(2) does; 0 in version 1, which waits for them. Unknown
	 * if cgroup is empty. */
	uint64_t cgroup_dirty_bytes;
	/** The bytes that can still be charged: limit - usage + reclaimable.
	 * Unknown if cgroup is empty. */
	uint64_t cgroup_room_bytes;
	/** Why limits are not known, in a sentence: parents outside of the
	 * cgroup namespace, no mount, no permission. Empty if they are known.
	 */
	char note[DMALOAD_REASON_SIZE];
};

/** Initialiser of a struct dmaload_memory: its size, all else 0. Since: 0.2 */
#define DMALOAD_MEMORY_INIT DMALOAD_SIZED(struct dmaload_memory)

/**
 * Query how much memory this process may still take, and which memory cgroup
 * limits it most. Allocates nothing. Reads /proc/meminfo, /proc/self/cgroup,
 * /proc/self/mountinfo and, of each visible cgroup, memory.max, memory.high,
 * memory.current and memory.stat, or what version 1 has instead.
 *
 * dmaload_buffer_create() compares its size with the same figures. The sources
 * "memfd" and "udmabuf" are charged to the cgroup. A heap is not, so for heaps
 * available_bytes less promised_bytes decides; but for "system" on Linux 7.0
 * and later if the parameter dma_heap.mem_accounting is set. Reserved huge
 * pages are charged if cgroups are mounted with memory_hugetlb_accounting
 * (Linux 6.7).
 *
 * The limit of a parent that is not visible cannot be known, and other
 * processes may take memory at any time. So a buffer of room_bytes may still be
 * refused, or fail. Thread-safe.
 *
 * @param memory  receives the answer; its size must be set
 * @param err     receives the reason of a failure, or NULL
 * @return 0; -EINVAL if memory has no size
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_memory_query(struct dmaload_memory *memory,
				     struct dmaload_error *err);

#ifdef __cplusplus
}
#endif

#endif
