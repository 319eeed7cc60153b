/* SPDX-License-Identifier: MIT */
/*
 * Receives: the text of /proc/self/cgroup, /proc/self/mountinfo and cgroup
 *           files.
 * Hands on: the folder of a process's memory cgroup, and how much memory is
 *           left there.
 * Always:   no system call; text in an unknown format sets no limit.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No limit. */
#define CGROUP_NO_LIMIT UINT64_MAX

/* How much of the process's cgroup a mount shows. */
enum cgroup_sight {
	/* Nothing: not mounted, or only another part. */
	CGROUP_HIDDEN,
	/* Only a parent: the path begins above the namespace's root, and the
	 * names on the way down are unknown. */
	CGROUP_PARENT,
	/* The cgroup itself. */
	CGROUP_SEEN,
};

struct cgroup {
	/* The version of the hierarchy with the memory controller: 1 or 2. */
	int version;
	/* The process's cgroup, from the root of its namespace. */
	char path[PATH_MAX];
	enum cgroup_sight sight;
	/* The folder, first of that cgroup, then of its parents. Its first top
	 * bytes are the mount point, where the visible parents end. */
	char folder[PATH_MAX];
	size_t top;
	/* Reserved huge pages are charged too (memory_hugetlb_accounting, Linux
	 * 6.7). */
	bool charges_huge;
};

/* The values from a memory cgroup's files, in bytes. */
struct cgroup_memory {
	uint64_t limit;
	uint64_t usage;
	/* File pages that the kernel reclaims at the limit. */
	uint64_t reclaimable;
	/* File pages that it would reclaim if they were on the disk. */
	uint64_t dirty;
};

/*
 * Find the cgroup of the process in /proc/self/cgroup. A hierarchy of version 1
 * with the memory controller takes precedence, as version 2 does not have it
 * then. Return false if there is neither.
 */
bool cgroup_find(const char *text, struct cgroup *cgroup);

/*
 * Find its folder in /proc/self/mountinfo. If there are several mounts, use the
 * one that shows the cgroup and most of its parents.
 */
void cgroup_locate(const char *mountinfo, struct cgroup *cgroup);

/* Return true if no parent of the folder is visible. */
bool cgroup_is_top(const struct cgroup *cgroup);

/* Go to the folder of the parent. Return false if it is not visible. */
bool cgroup_up(struct cgroup *cgroup);

/* Return the number in a file such as memory.max, or CGROUP_NO_LIMIT for "max"
 * and the like. */
uint64_t cgroup_limit(const char *text);

/* Return the value of a line of memory.stat, or otherwise if it is missing. */
uint64_t cgroup_stat(const char *stat, const char *key, uint64_t otherwise);

/*
 * Read from memory.stat the file pages on the kernel's two lists of them.
 * Shared memory and locked pages are on other lists.
 *
 * In version 1 the kernel waits until dirty pages are written. In version 2 it
 * waits only a short time before it kills. Measured in a cgroup of 64 MiB with
 * 10 to 60 MiB of dirty pages: 10 of 18 processes that used 56 MiB were killed
 * on Linux 6.12. In version 1, none of 33 were, on 6.1 and 6.18.
 */
void cgroup_read_stat(const char *stat, int version,
		      struct cgroup_memory *memory);

/* Return the lowest limit of all parents, visible or not, which version 1 has
 * in memory.stat. */
uint64_t cgroup_hidden_limit(const char *stat);

/* Return the bytes that can still be charged: limit - usage + reclaimable, at
 * least 0. */
uint64_t cgroup_room(const struct cgroup_memory *memory);

#endif
