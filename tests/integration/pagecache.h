/* SPDX-License-Identifier: MIT */
/*
 * Tests may rely on this in the page cache, though the kernel may evict any
 * page at any time, and any process may read any file that has a name:
 * - what is held is there: it is locked in memory;
 * - what is absent from a file without a name stays absent, until the test reads it.
 */
#ifndef PAGECACHE_H
#define PAGECACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mapped.h"

/*
 * The path of a file that no other process can open: it has the pattern's bytes and
 * no name. Each size is made once, in place.dir, and lives as long as the program.
 * No path of it is left after fork() and exec().
 */
const char *alone_path(uint64_t size);

/* As large as tests of such files want it, or as place.large, if that is less. */
uint64_t alone_large(void);

/* How many there are, each with an open fd; and whether a path is one's. */
size_t alone_count(void);
bool is_alone(const char *path);

/* The path of an empty one, to be written to, and a way to be rid of it. */
const char *alone_empty(void);
void alone_drop(const char *path);

/* Pages that are resident until they are let go. */
struct held {
	struct mapped mapped;
	uint64_t length;
};

void hold(struct held *held, const char *path, uint64_t from, uint64_t length);
void let_go(struct held *held);

/* Return how many of the wanted bytes this process may hold, in whole MiB. */
uint64_t may_hold(uint64_t wanted);

/* Pages of a file in the page cache, in bytes, by mincore(). */
uint64_t cached_bytes(const char *path);

/* Drop a file's pages from the page cache: of one without a name, of which none may
 * be held, until none is left, if the test may ask. */
void drop_cache(const char *path);

/* Until nothing of a file is being read into the page cache any more; and whether that
 * can be seen here. */
void await_readahead(const char *path);
bool readahead_shows(const char *path);

/* Which pages of a file were resident at some time. */
struct resident {
	unsigned char *pages;
	size_t count;
};

void resident_see(struct resident *resident, const char *path);
/* Bytes that are resident now and were not then: evicted pages do not count. */
uint64_t resident_new(const struct resident *then, const char *path);
void resident_forget(struct resident *resident);

#endif
