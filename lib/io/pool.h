/* SPDX-License-Identifier: MIT */
/*
 * Receives: a number of slots and their size.
 * Hands on: bounce memory, in the largest pages to be had, all of it present, in pieces.
 * Always:   page-aligned pieces that a fork does not share, each in use once.
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
	/* The mapping: a little more than the slots where alignment asks. */
	void *map;
	size_t mapped;
	size_t bytes;
	unsigned slots;
	size_t slot_bytes;
	enum dmaload_pages pages;
	/* The part in use, in units of unit bytes. */
	size_t unit;
	unsigned in_use;
	bool used[POOL_UNITS_MAX];
};

/* slot_bytes is rounded up to whole pages. 0 or -errno. */
int pool_init(struct pool *pool, unsigned slots, size_t slot_bytes);
/*
 * The same, by half as many slots each time that they cannot be had, down to one. 0
 * or the code of the last refusal; and all refusals as a text, empty if there was
 * none.
 */
int pool_init_max(struct pool *pool, unsigned slots, size_t slot_bytes,
		  char *refused, size_t size);
void pool_finish(struct pool *pool);

/* Take so many bytes of it; NULL: there are not as many in one place. */
void *pool_get(struct pool *pool, size_t bytes);
void pool_put(struct pool *pool, const void *at, size_t bytes);

#endif
