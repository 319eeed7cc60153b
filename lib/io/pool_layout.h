/* SPDX-License-Identifier: MIT */
/*
 * Receives: the slots of a pool, and the size of a page.
 * Hands on: how much memory to map, and where in it the pool begins.
 * Always:   arithmetic, no system call. A slot consists of whole pages.
 */
#ifndef POOL_LAYOUT_H
#define POOL_LAYOUT_H

#include <stddef.h>

/*
 * A pool that is as large begins at a multiple of this. On every machine the
 * kernel has folios of this size, if it is allowed to use them: 2 MiB is the
 * huge page where pages are of 4 KiB, and a size below it where they are of 16
 * or 64. There a huge page is 32 or 512 MiB, far more than a pool. Larger folios
 * gain nothing: a read of 1 MiB is one segment already.
 */
#define POOL_ALIGN ((size_t)2 << 20)

struct pool_layout {
	size_t slot_bytes;
	size_t bytes;
	/* The pool is divided into units of so many bytes. */
	size_t unit;
	/* The bytes to map, and the alignment of the pool in them; a page means
	 * that larger ones are of no use. */
	size_t mapped;
	size_t align;
};

/* page: a power of two, at most 64 KiB. */
struct pool_layout pool_layout(unsigned slots, size_t slot_bytes, size_t page);

/* Return where the pool begins in its mapping. */
void *pool_begin(void *map, const struct pool_layout *layout);

#endif
