/* SPDX-License-Identifier: MIT */
/* The library in a cgroup with a limit. All but the last functions run in a child that
 * is in the cgroup. */
#ifndef LIMITED_H
#define LIMITED_H

#include "support.h"

#include "cgroups.h"

#define MIB ((uint64_t)1 << 20)
#define UNTOUCHED ((void *)0x1)
/* Pattern files. */
#define SMALL 2101249u
#define MEDIUM 16777216u
#define LIMIT (64 * MIB)

struct dmaload_memory limited_query(void);
struct dmaload_buffer *limited_create(uint64_t size);
/* A buffer of this size must be refused because of a limit of a cgroup. */
void limited_refuse(uint64_t size, const char *limit, const char *folder);
struct dmaload_ctx *limited_context(void);
/* Load all of a pattern file, and look at each byte. */
void limited_load_by(struct dmaload_ctx *ctx, struct dmaload_buffer *buffer,
		     uint64_t size, uint32_t paths,
		     struct dmaload_report *report);
/* Check that a load works, and destroy the buffer. */
void limited_load(struct dmaload_buffer *buffer);

/* Skip the test where cgroups cannot be made. */
void limited_need_groups(void);
/* Make a cgroup with a limit for one test. */
void limited_run(uint64_t limit, void (*what)(const struct group *));

/* The other groups of tests of the program: loads of all kinds, and limits of
 * parents. Return how many have failed. */
int cgroup_loads(void);
int cgroup_parents(void);

#endif
