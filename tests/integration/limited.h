/* SPDX-License-Identifier: MIT */
/* The library in a cgroup with a limit. All but the last functions run in a
 * child in the cgroup. */
#ifndef LIMITED_H
#define LIMITED_H

#include "support.h"

#include "cgroups.h"

#define MIB ((uint64_t)1 << 20)
#define UNTOUCHED ((void *)0x1)
/* The sizes of pattern files. */
#define SMALL 2101249u
#define MEDIUM 16777216u
#define LIMIT (64 * MIB)

struct dmaload_memory limited_query(void);
struct dmaload_buffer *limited_create(uint64_t size);
/* Check that a buffer of this size is refused because of a limit of a
 * cgroup. */
void limited_refuse(uint64_t size, const char *limit, const char *folder);
struct dmaload_ctx *limited_context(void);
/* Load a whole pattern file, and check each byte. */
void limited_load_by(struct dmaload_ctx *ctx, struct dmaload_buffer *buffer,
		     uint64_t size, uint32_t paths,
		     struct dmaload_report *report);
/* Check that a load works, and destroy the buffer. */
void limited_load(struct dmaload_buffer *buffer);

/* Skip the test if cgroups cannot be made. */
void limited_need_groups(void);
/* Make a cgroup with a limit, and run a test in it. */
void limited_run(uint64_t limit, void (*what)(const struct group *));

/* Run the other groups of tests: loads of all kinds, and limits of parents.
 * Return the number of failed tests. */
int cgroup_loads(void);
int cgroup_parents(void);

#endif
