/* SPDX-License-Identifier: MIT */
/*
 * Receives: the range to load and what a path's reads must be aligned to.
 * Hands on: one read after the other, each with the place of its bytes.
 * Always:   each byte of the range is in exactly one chunk that was taken and
 *           not returned. No system call: plain arithmetic.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All that can be in flight when one path declines, and then another. */
#define PLAN_RETURNED_MAX 128

/* A part of the range that is still to be done. */
struct extent {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint64_t length;
};

/* What a path asks of its reads. Powers of two: mem_align <= block <= chunk. */
struct geometry {
	/* Offset and length of a read are multiples of this. */
	uint32_t block;
	/* The memory of a read in place is aligned to this. */
	uint32_t mem_align;
	/* The longest read. */
	uint32_t chunk;
	/* Whole blocks may go straight into the buffer. */
	bool in_place;
};

/* One read. */
struct chunk {
	/* What to read: whole blocks, so it may begin before what is wanted, end
	 * after it, and end beyond the end of the file. */
	uint64_t file_offset;
	uint32_t length;
	/* What is wanted of it: want bytes, after the first skip. */
	uint32_t skip;
	uint32_t want;
	/* Where the first wanted byte goes. */
	uint64_t buffer_offset;
	/* All of it is wanted and it may be read into the buffer itself. */
	bool in_place;
};

struct plan {
	struct extent rest;
	struct extent returned[PLAN_RETURNED_MAX];
	size_t n_returned;
};

void plan_init(struct plan *plan, const struct extent *range);

/* The next read; false if nothing is left to be taken. */
bool plan_take(struct plan *plan, const struct geometry *geometry,
	       struct chunk *chunk);

/* Give back a chunk whose bytes did not arrive. */
void plan_return(struct plan *plan, const struct chunk *chunk);

/* Whether every whole block of what is left may be read in place. */
bool plan_fits_in_place(const struct plan *plan,
			const struct geometry *geometry);

/* Whether what is left has parts that geometry cannot read in place. */
bool plan_has_edges(const struct plan *plan, const struct geometry *geometry);

#endif
