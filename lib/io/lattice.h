/* SPDX-License-Identifier: MIT */
/*
 * Receives: what the caller has set, the limit in flight, and the limits of a
 *           disk.
 * Hands on: the points to try: lengths of reads, and how many are in flight.
 * Always:   the first point is the one to begin with. Plain arithmetic.
 */
#ifndef LATTICE_H
#define LATTICE_H

#include <stdbool.h>
#include <stdint.h>

#define LATTICE_POINTS_MAX 24

struct tuning_point {
	uint32_t chunk_bytes;
	/* How many reads of that length are in flight. */
	uint32_t depth;
	/* Points of a row have the same bytes in flight, and those of a higher
	 * row more. */
	uint32_t row;
};

struct tuning_limits {
	/* As the caller set it, or where to begin. */
	uint32_t chunk_bytes;
	uint32_t depth;
	/* The caller did not set it. */
	bool any_chunk;
	bool any_depth;
	/* The bytes and requests that may be in flight. */
	uint64_t bytes_max;
	uint32_t depth_max;
	/* The disk's limits, 0 if unknown: the longest request in bytes; the
	 * optimal one; and how many requests it accepts. */
	uint64_t request_max;
	uint64_t request_best;
	uint32_t requests_max;
};

struct lattice {
	struct tuning_point points[LATTICE_POINTS_MAX];
	unsigned count;
};

void lattice_init(struct lattice *lattice, const struct tuning_limits *limits);

/* Return the number of a point, or count if there is none. */
unsigned lattice_find(const struct lattice *lattice, uint32_t chunk_bytes,
		      uint32_t row);

/* Return the bytes in flight at a point. */
static inline uint64_t point_bytes(const struct tuning_point *point)
{
	return (uint64_t)point->chunk_bytes * point->depth;
}

#endif
