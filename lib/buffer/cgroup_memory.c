/* SPDX-License-Identifier: MIT */
/* The meaning of the files of a memory cgroup. */
#include "buffer/cgroup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Version 1 has a number where version 2 has "max": LONG_MAX in pages or, if
 * long has 32 bits, 8 TiB less a page. No machine has a larger limit. */
#define LIMIT_MAX (((uint64_t)8 << 40) - ((uint64_t)1 << 20))

static uint64_t limit_of(uint64_t bytes)
{
	return bytes >= LIMIT_MAX ? CGROUP_NO_LIMIT : bytes;
}

uint64_t cgroup_limit(const char *text)
{
	uint64_t limit;

	if (text[0] < '0' || text[0] > '9' ||
	    sscanf(text, "%" SCNu64, &limit) != 1)
		return CGROUP_NO_LIMIT;
	return limit_of(limit);
}

uint64_t cgroup_stat(const char *stat, const char *key, uint64_t otherwise)
{
	const size_t length = strlen(key);
	uint64_t value;

	while (stat) {
		if (strncmp(stat, key, length) == 0 && stat[length] == ' ' &&
		    sscanf(stat + length, "%" SCNu64, &value) == 1)
			return value;
		stat = strchr(stat, '\n');
		if (stat)
			stat++;
	}
	return otherwise;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* In version 1 the plain lines count only the cgroup itself, while usage counts
 * everything below it. */
void cgroup_read_stat(const char *stat, int version,
		      struct cgroup_memory *memory)
{
	uint64_t pages;

	if (version == 1) {
		memory->dirty = 0;
		memory->reclaimable =
			cgroup_stat(stat, "total_inactive_file", 0) +
			cgroup_stat(stat, "total_active_file", 0);
		return;
	}
	pages = cgroup_stat(stat, "inactive_file", 0) +
		cgroup_stat(stat, "active_file", 0);
	memory->dirty = cgroup_stat(stat, "file_dirty", 0) +
			cgroup_stat(stat, "file_writeback", 0);
	memory->reclaimable = less(pages, memory->dirty);
}

uint64_t cgroup_hidden_limit(const char *stat)
{
	return limit_of(cgroup_stat(stat, "hierarchical_memory_limit",
				    CGROUP_NO_LIMIT));
}

uint64_t cgroup_room(const struct cgroup_memory *memory)
{
	if (memory->limit == CGROUP_NO_LIMIT)
		return CGROUP_NO_LIMIT;
	return less(memory->limit + memory->reclaimable, memory->usage);
}
