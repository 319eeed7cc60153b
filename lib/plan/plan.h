/* SPDX-License-Identifier: MIT */
/*
 * Receives: the ranges to move, sorted, and what a path's reads must be aligned to.
 * Hands on: one read after the other, each with the places of its bytes.
 * Always:   each byte of each range is in exactly one chunk that was taken and
 *           not returned. No system call: plain arithmetic.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/intervals.h"

/* A range that was asked for. */
struct request_range {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint64_t length;
	/* Which file, and which pair of a file and a buffer. */
	uint32_t file;
	uint32_t route;
	uint32_t priority;
	/* Its place in the caller's array. */
	size_t index;
};

/* Ranges that are one in the file and in the buffer, or a part of that. */
struct extent {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint64_t length;
	/* The bytes of all extents before it. */
	uint64_t position;
	uint32_t file;
	uint32_t route;
	/* The rank of its priority, from 0. */
	uint32_t level;
};

/* The alignment that a path asks of its reads. Powers of two: mem_align <=
 * block <= chunk. */
struct geometry {
	/* Offset and length of a read are multiples of this. */
	uint32_t block;
	/* The memory of a read in place is aligned to this. */
	uint32_t mem_align;
	/* The longest read. */
	uint32_t chunk;
	/* Whole blocks may go straight into the buffer. */
	bool in_place;
	/* Only whole blocks can be moved: the others are edges. */
	bool whole;
	/* Small extents that could be moved in place may share reads, or writes,
	 * instead; of whole blocks, only then can several extents be one chunk. And
	 * below which length they are small. */
	bool share;
	uint32_t small;
};

/* One read, or one write. */
struct chunk {
	/* The bytes to read: whole blocks, so they may begin before the wanted
	 * ones, end after them, and end beyond the end of the file. */
	uint64_t file_offset;
	uint32_t length;
	/* The wanted bytes lie in span bytes after the first skip; they are all
	 * of these but the gaps between extents: want bytes. */
	uint32_t skip;
	uint32_t data_length;
	uint32_t wanted;
	/* Where the first wanted byte goes. */
	uint64_t buffer_offset;
	/* The bytes of the plan before it. */
	uint64_t position;
	/* The extent that the first wanted byte is of. */
	size_t extent;
	uint32_t route;
	uint32_t level;
	/* All of it is wanted and it may be read into the buffer itself. */
	bool in_place;
	/* A block at an end of an extent, and not all of it is wanted. */
	bool edge;
	/* To be copied from the page cache. */
	bool cached;
};

/* A part of the plan that is still to be taken, from start in an extent on. */
struct remaining {
	size_t extent;
	uint64_t start;
	uint64_t end;
	/* It was to be copied from the page cache, and is not there any more. */
	bool evicted;
};

struct plan {
	struct extent *extents;
	size_t count;
	size_t room;
	uint32_t levels;
	uint64_t total;
	struct remaining remaining;
	/* Chunks that came back, the last one first. Most loads have none: memory for them
	 * is allocated when the first one comes. */
	struct remaining *returned;
	size_t n_returned;
	size_t returned_room;
	/* For each file, what of it is in the page cache and may be copied from
	 * there; filled in by others as the load goes on. NULL: nothing is. */
	const struct intervals **resident;
	/* So many bytes are worth a copy of their own, or a whole extent is. */
	uint64_t resident_min;
};

/* Where the plan stands: what the next chunk will be taken of. */
struct place {
	uint32_t route;
	uint32_t level;
	/* This part of the file, as far as the next so many bytes are wanted. */
	uint32_t file;
	struct interval interval;
};

/* The order in which ranges are read; for qsort(3). */
int plan_compare(const void *a, const void *b);

/*
 * Make a plan of sorted ranges. resident becomes the plan's, to be freed with it; NULL
 * if nothing is to be copied from the page cache. 0 or -ENOMEM.
 */
int plan_create(struct plan *plan, const struct request_range *ranges,
		size_t count,
		const struct intervals **resident, uint64_t resident_min);
void plan_destroy(struct plan *plan);

/* Look where the plan stands, and at what comes within so many bytes of the file.
 * False if nothing is left to be taken. */
bool plan_peek(const struct plan *plan, uint64_t ahead, struct place *place);
bool plan_is_empty(const struct plan *plan);

/* Return true if the next chunk is one to copy from the page cache. The
 * residency of two chunks from there must be known before. */
bool plan_is_cached(const struct plan *plan);

/* Take that chunk, cut as its path wants it. */
void plan_get(struct plan *plan, const struct geometry *geometry,
	      struct chunk *chunk);

/* Give back a chunk whose bytes did not arrive. 0 or -ENOMEM. */
int plan_return(struct plan *plan, const struct chunk *chunk);

/* Give back the rest of a chunk of one piece, of which only so many bytes have
 * arrived. 0 or -ENOMEM. */
int plan_shorten(struct plan *plan, struct chunk *chunk, uint32_t arrived);

/* Nothing more will come than the bytes before this position: forget the rest. */
void plan_end(struct plan *plan, uint64_t position);

/* All bytes before this position have been taken and did not come back. */
uint64_t plan_position(const struct plan *plan);

/* How the extents of a route fit a geometry. */
struct survey {
	/* Extents whose blocks can be moved in place. */
	size_t fitting;
	/* Those of which no block can, since it would be misaligned. */
	size_t misplaced;
	/* Those that could, but are small and share reads with others. */
	size_t small;
	/* Some blocks are not wanted as a whole. */
	bool edges;
};

/* The extents from first up to last, of which those of the route count. */
struct survey plan_survey(const struct plan *plan, uint32_t route, size_t first,
			  size_t last, const struct geometry *geometry);

/* Bytes of a chunk that are neighbours in the file and in the buffer. */
struct piece {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint32_t length;
};

/* The pieces of a chunk, one after the other; n counts from 0. */
struct walk {
	size_t extent;
	uint64_t at;
	uint64_t end;
};

struct walk plan_walk(const struct chunk *chunk);
/* Return true if there is only one. */
bool plan_is_one_piece(const struct plan *plan, const struct chunk *chunk);
bool plan_piece(const struct plan *plan, struct walk *walk,
		struct piece *piece);

/* For plan.c: what comes next, NULL if nothing is left; and whether that is cached.
 * The limit becomes the place in the file where this changes, if it is before. */
struct remaining *plan_remaining(struct plan *plan);
bool plan_limit_cached(const struct plan *plan, uint64_t *limit);

#endif
