/* SPDX-License-Identifier: MIT */
/*
 * Receives: the sorted ranges to move, and the alignment of a path's reads.
 * Hands on: one read after the other, each with the places of its bytes.
 * Always:   each byte of each range is in exactly one chunk that was taken and
 *           not returned. Plain arithmetic, no system call.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/intervals.h"

/* A range of the request. */
struct request_range {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint64_t length;
	/* The bytes of the buffer that it takes: length, or what a transform
	 * may write. */
	uint64_t buffer_length;
	/* The number of its file, and of its pair of file and buffer. */
	uint32_t file;
	uint32_t route;
	uint32_t priority;
	/* Its index in the caller's array. */
	size_t index;
};

/* Ranges that are contiguous in the file and in the buffer, or a part of
 * them. */
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

/* The alignment that a path needs for its reads. Powers of two: mem_align <=
 * block <= chunk. */
struct geometry {
	/* The offset and length of a read are multiples of this. */
	uint32_t block;
	/* The memory of a read in place is aligned to this. */
	uint32_t mem_align;
	/* The longest read. */
	uint32_t chunk;
	/* Whole blocks may be moved straight between file and buffer. */
	bool in_place;
	/* Only whole blocks can be moved; the others are edges. */
	bool whole;
	/* Small extents share reads or writes, even if they could be moved in
	 * place. Only then can one chunk of whole blocks have several extents.
	 * Extents below this length are small. */
	bool share;
	uint32_t small;
};

/* One read or one write. */
struct chunk {
	/* The bytes to read: whole blocks, so they may begin before the
	 * requested bytes, end after them, and end beyond the end of the
	 * file. */
	uint64_t file_offset;
	uint32_t length;
	/* The data begins behind skip bytes and has data_length bytes. The
	 * requested bytes are those of the data that lie in no gap between
	 * extents. */
	uint32_t skip;
	uint32_t data_length;
	uint32_t wanted;
	/* The place of the first requested byte in the buffer. */
	uint64_t buffer_offset;
	/* The bytes of the plan before it. */
	uint64_t position;
	/* The extent of the first requested byte. */
	size_t extent;
	uint32_t route;
	uint32_t level;
	/* Every byte is requested, and the memory of the read is the buffer
	 * itself. */
	bool in_place;
	/* A block at an end of an extent, partly requested. */
	bool edge;
	/* Copied from the page cache. */
	bool cached;
};

/* A part of the plan that is not in a chunk yet, from start in an extent on. */
struct remaining {
	size_t extent;
	uint64_t start;
	uint64_t end;
	/* A copy from the page cache failed, since the pages were evicted. */
	bool evicted;
};

struct plan {
	struct extent *extents;
	size_t count;
	size_t room;
	uint32_t levels;
	uint64_t total;
	/* Each chunk has whole units of a range, except at the end of the
	 * range; 0: ranges are cut anywhere. With units, extent i is range i. */
	uint32_t unit;
	struct remaining remaining;
	/* Returned chunks, by falling position: the last one is taken first.
	 * Most loads have none, so memory is allocated for the first one. */
	struct remaining *returned;
	size_t n_returned;
	size_t returned_room;
	/* For each file, the resident bytes that may be copied; filled in
	 * during the load. NULL: nothing is copied. */
	const struct intervals **resident;
	/* The shortest copy from the page cache, unless it is a whole
	 * extent. */
	uint64_t resident_min;
};

/* The position of the plan: where the next chunk begins. */
struct place {
	uint32_t route;
	uint32_t level;
	/* The file, and the requested bytes from there on. */
	uint32_t file;
	struct interval interval;
};

/* Compare two ranges in the order of reading, for qsort(3). */
int plan_compare(const void *a, const void *b);

/*
 * Make a plan of sorted ranges. unit: of struct plan; at most half of a chunk.
 * It takes ownership of resident, which is NULL if nothing is copied from the
 * page cache. Return 0 or -ENOMEM.
 */
int plan_create(struct plan *plan, const struct request_range *ranges,
		size_t count, uint32_t unit,
		const struct intervals **resident, uint64_t resident_min);
void plan_destroy(struct plan *plan);

/* Find the position of the plan, and the requested bytes of the file within
 * ahead bytes from there. Return false if the plan is empty. */
bool plan_peek(const struct plan *plan, uint64_t ahead, struct place *place);
bool plan_is_empty(const struct plan *plan);

/* Return true if the next chunk is copied from the page cache. The residency of
 * the next two chunks must be known. */
bool plan_is_cached(const struct plan *plan);

/* Take the next chunk, cut for its path. */
void plan_get(struct plan *plan, const struct geometry *geometry,
	      struct chunk *chunk);

/* Return a chunk whose bytes did not arrive. Return 0 or -ENOMEM. */
int plan_return(struct plan *plan, const struct chunk *chunk);

/* Return the rest of a chunk of one piece to the plan: only the first bytes
 * arrived. Return 0 or -ENOMEM. */
int plan_shorten(struct plan *plan, struct chunk *chunk, uint32_t arrived);

/* End the plan at a position, since no more bytes will come. */
void plan_end(struct plan *plan, uint64_t position);

/* Return the position before which all bytes were taken and not returned. */
uint64_t plan_position(const struct plan *plan);

/* How the extents of a route fit a geometry. */
struct survey {
	/* Extents with blocks that can be moved in place. */
	size_t fitting;
	/* Extents without such a block, because they would be misaligned. */
	size_t misplaced;
	/* Extents that could be moved in place, but are small and share reads
	 * with others. */
	size_t small;
	/* Some blocks are partly requested. */
	bool edges;
};

/* Survey the extents of a route, from first up to last. */
struct survey plan_survey(const struct plan *plan, uint32_t route, size_t first,
			  size_t last, const struct geometry *geometry);

/* Bytes of a chunk that are contiguous in the file and in the buffer. */
struct piece {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint32_t length;
	size_t extent;
};

/* An iterator over the pieces of a chunk. */
struct walk {
	size_t extent;
	uint64_t at;
	uint64_t end;
};

struct walk plan_walk(const struct chunk *chunk);
/* Return true if a chunk has only one piece. */
bool plan_is_one_piece(const struct plan *plan, const struct chunk *chunk);
bool plan_piece(const struct plan *plan, struct walk *walk,
		struct piece *piece);

/* For cached.c: return the last place up to a limit where an extent may be cut,
 * perhaps before its beginning. */
uint64_t plan_cut(const struct plan *plan, const struct extent *extent,
		  uint64_t limit);

/* For plan.c: return the next remaining part, or NULL; and return whether it is
 * cached. Lower the limit to where this changes. */
struct remaining *plan_remaining(struct plan *plan);
bool plan_limit_cached(const struct plan *plan, uint64_t *limit);

#endif
