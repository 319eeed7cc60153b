/* SPDX-License-Identifier: MIT */
/*
 * Receives: a number of slots and their size.
 * Hands on: bounce memory, in the largest pages to be had, all of it present.
 * Always:   page-aligned slots that a fork does not share.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

struct pool {
	/* NULL: the pool does not exist. */
	void *memory;
	/* What was mapped: a little more than the slots where alignment asks. */
	void *map;
	size_t mapped;
	size_t bytes;
	size_t slot_bytes;
	enum dmaload_pages pages;
};

/* slot_bytes is rounded up to whole pages. 0 or -errno. */
int pool_init(struct pool *pool, unsigned slots, size_t slot_bytes);
void pool_finish(struct pool *pool);

void *pool_slot(const struct pool *pool, unsigned i);

#endif
