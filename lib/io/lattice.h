/* SPDX-License-Identifier: MIT */
/*
 * Receives: what the caller has fixed, what may be in flight, and what a disk says of itself.
 * Hands on: the points that come into question: how long reads are, and how many of them are
 *           in flight.
 * Always:   the first point is the one to begin at. Plain arithmetic.
 */
#ifndef LATTICE_H
#define LATTICE_H

#include <stdbool.h>
#include <stdint.h>

#define LATTICE_POINTS_MAX 24

struct tuning_point {
	uint32_t chunk_bytes;
	/* Reads of that length in flight. */
	uint32_t depth;
	/* Points of a row have as many bytes in flight, those of a higher row more. */
	uint32_t row;
};

struct tuning_limits {
	/* As fixed, or where to begin. */
	uint32_t chunk_bytes;
	uint32_t depth;
	/* The caller has left it open. */
	bool any_chunk;
	bool any_depth;
	/* Bytes and requests that may be in flight. */
	uint64_t bytes_max;
	uint32_t depth_max;
	/* The limits of the disk, 0: not known. The longest request, in bytes;
	 * the one that suits it best; and how many it takes. */
	uint64_t request_max;
	uint64_t request_best;
	uint32_t requests_max;
};

struct lattice {
	struct tuning_point points[LATTICE_POINTS_MAX];
	unsigned count;
};

void lattice_init(struct lattice *lattice, const struct tuning_limits *limits);

/* The number of a point; or, where there is none, count. */
unsigned lattice_find(const struct lattice *lattice, uint32_t chunk_bytes,
		      uint32_t row);

/* Return the bytes in flight at a point. */
static inline uint64_t point_bytes(const struct tuning_point *point)
{
	return (uint64_t)point->chunk_bytes * point->depth;
}

#endif
