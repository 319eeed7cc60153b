/* SPDX-License-Identifier: MIT */
/*
 * Receives: a number of slots and their size.
 * Hands on: pieces of bounce memory, in the largest pages available, all
 *           populated.
 * Always:   page-aligned pieces, each in use once, not shared with a child of
 *           fork().
 */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

/* 8 MiB in units of 64 KiB. */
#define POOL_UNITS_MAX 128

struct pool {
	/* NULL: the pool does not exist. */
	void *memory;
	/* The whole mapping, a little larger than the slots if alignment needs
	 * it. */
	void *map;
	size_t mapped;
	size_t bytes;
	unsigned slots;
	size_t slot_bytes;
	enum dmaload_pages pages;
	/* Which units are in use, of unit bytes each. */
	size_t unit;
	unsigned in_use;
	bool used[POOL_UNITS_MAX];
};

/* Create a pool. slot_bytes is rounded up to whole pages. Return 0 or
 * -errno. */
int pool_init(struct pool *pool, unsigned slots, size_t slot_bytes);
/*
 * Create the largest pool possible, with half as many slots after each refusal,
 * down to one. Return 0 or the code of the last refusal. refused becomes the
 * text of all refusals, empty if there were none.
 */
int pool_init_max(struct pool *pool, unsigned slots, size_t slot_bytes,
		  char *refused, size_t size);
void pool_finish(struct pool *pool);

/* Get contiguous bytes of the pool, or NULL. */
void *pool_get(struct pool *pool, size_t bytes);
void pool_put(struct pool *pool, const void *at, size_t bytes);

#endif
