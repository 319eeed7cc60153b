/* SPDX-License-Identifier: MIT */
/* Memory cgroups on the fake kernel, and buffers that they have room for or
 * not. */
#ifndef ROOMS_H
#define ROOMS_H

#include "buffer/promise.h"
#include "buffers.h"

#define MIB ((uint64_t)1 << 20)

#define ROOMS_TOP "/sys/fs/cgroup"
#define ROOMS_OUTER ROOMS_TOP "/outer"
#define ROOMS_INNER ROOMS_OUTER "/inner"
/* A line of mountinfo, to which options can be added; and a newline. */
#define ROOMS_MOUNT \
	"41 30 0:41 / " ROOMS_TOP " rw,relatime - cgroup2 cgroup2 rw"

/* The process is in /outer/inner; neither has a limit yet. */
void rooms_enter(const char *mounts);
/* One has. The texts stay the test's. */
void rooms_limit(const char *folder, const char *max, const char *current,
		 const char *stat);
void rooms_say(const char *folder, const char *name, const char *text);

struct dmaload_memory rooms_query(void);
void rooms_check_nothing_promised(void);

/* It must succeed. */
struct dmaload_buffer *rooms_create(const char *source, uint64_t size);
/* The same, and it is destroyed, and nothing is promised any more. */
void rooms_grant(const char *source, uint64_t size);
/* -ENOMEM, with these words, and nothing more is promised than before. */
void rooms_refuse(const char *source, uint64_t size, const char *says);

#endif
