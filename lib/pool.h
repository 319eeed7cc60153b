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
	unsigned slots;
	size_t slot_bytes;
	enum dmaload_pages pages;
};

/* slot_bytes is rounded up to whole pages. 0 or -errno. */
int pool_init(struct pool *pool, unsigned slots, size_t slot_bytes);
/*
 * The same, by half as many slots each time that they cannot be had, down to one. 0
 * or the code of the last refusal; and all refusals as a text, empty if there was
 * none.
 */
int pool_init_most(struct pool *pool, unsigned slots, size_t slot_bytes,
		   char *refused, size_t size);
void pool_finish(struct pool *pool);

void *pool_slot(const struct pool *pool, unsigned i);

#endif
