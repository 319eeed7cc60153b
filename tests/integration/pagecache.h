/* SPDX-License-Identifier: MIT */
/*
 * The kernel may evict any page at any time, and any process may read any file
 * that has a name. So tests rely only on these pages of the page cache:
 * - Held pages are resident: they are locked in memory.
 * - Absent pages of a file without a name stay absent until the test reads
 * them.
 */
#ifndef PAGECACHE_H
#define PAGECACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mapped.h"

/*
 * Return the path of a file with the pattern's bytes and no name, so that no
 * other process can open it. There is one file of each size; it is made in
 * place.dir and lives as long as the program. The path is not valid after
 * fork() and exec().
 */
const char *alone_path(uint64_t size);

/* Return the size that tests of such files use: place.large at most. */
uint64_t alone_large(void);

/* Return the number of files without a name, each of which has an open fd; and
 * whether a path is that of one. */
size_t alone_count(void);
bool is_alone(const char *path);

/* Return the path of an empty file without a name, to be written to; remove
 * it. */
const char *alone_empty(void);
void alone_drop(const char *path);

/* Pages that are resident until let_go(). */
struct held {
	struct mapped mapped;
	uint64_t length;
};

void hold(struct held *held, const char *path, uint64_t from, uint64_t length);
void let_go(struct held *held);

/* Return how many of the bytes this process may lock in memory, in whole
 * MiB. */
uint64_t may_hold(uint64_t wanted);

/* Return the bytes of a file that mincore() reports as resident. */
uint64_t cached_bytes(const char *path);

/* Drop a file's pages from the page cache. For a file without a name, of
 * which no page may be held, repeat until none is left, if the test may
 * query that. */
void drop_cache(const char *path);

/* Wait until no page of a file is being read into the page cache. Return false
 * if that cannot be seen here. */
void await_readahead(const char *path);
bool readahead_shows(const char *path);

/* The pages of a file that were resident at some time. */
struct resident {
	unsigned char *pages;
	size_t count;
};

void resident_see(struct resident *resident, const char *path);
/* Return the bytes that are resident now and were not then. Evicted pages do
 * not count. */
uint64_t resident_new(const struct resident *then, const char *path);
void resident_forget(struct resident *resident);

#endif
