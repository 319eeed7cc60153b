/* SPDX-License-Identifier: MIT */
#include "io/lattice.h"

/* There is one row below, with fewer bytes in flight. */
#define START_ROW 1u

/* The residency is known for no more than two chunks ahead; see
 * cache_cleanup.c. */
#define CHUNK_MIN ((uint32_t)128 << 10)
#define CHUNK_MAX ((uint32_t)2 << 20)
/* The length to begin with if the disk splits 1 MiB. */
#define CHUNK_SPLIT ((uint32_t)512 << 10)

/* Return 0 if there is none. */
static uint32_t power_below(uint64_t bytes)
{
	uint32_t power = CHUNK_MIN;

	if (bytes < CHUNK_MIN)
		return 0;
	while (power < CHUNK_MAX && 2 * (uint64_t)power <= bytes)
		power *= 2;
	return power;
}

/* The caller set neither, so choose both for the same bytes in flight. */
static void choose_start(const struct tuning_limits *limits,
			 struct tuning_point *start)
{
	const uint64_t bytes = point_bytes(start);
	const uint32_t best = power_below(limits->request_best);

	if (!limits->any_chunk || !limits->any_depth)
		return;
	if (limits->request_max > 0 && limits->request_max < start->chunk_bytes)
		start->chunk_bytes = CHUNK_SPLIT;
	else if (best > start->chunk_bytes)
		start->chunk_bytes = best;
	start->depth = (uint32_t)(bytes / start->chunk_bytes);
}

unsigned lattice_find(const struct lattice *lattice, uint32_t chunk_bytes,
		      uint32_t row)
{
	unsigned i = 0;

	while (i < lattice->count && (lattice->points[i].row != row ||
				     lattice->points[i].chunk_bytes != chunk_bytes))
		i++;
	return i;
}

/* A point beyond the disk's limits gains nothing: longer requests are split,
 * and more of them wait. Only the first point may be there. */
static bool is_allowed(const struct lattice *lattice,
		       const struct tuning_limits *limits,
		       const struct tuning_point *point)
{
	const struct tuning_point *first = &lattice->points[0];

	if (limits->requests_max > 0 && point->depth > limits->requests_max &&
	    point->depth > first->depth)
		return false;
	if (limits->request_max > 0 &&
	    point->chunk_bytes > limits->request_max &&
	    point->chunk_bytes > first->chunk_bytes)
		return false;
	return point->depth > 0 && point->depth <= limits->depth_max &&
	       point_bytes(point) <= limits->bytes_max;
}

/* Add the points of all lengths with a number of bytes in flight, or with the
 * depth that the caller set. */
static void add_row(struct lattice *lattice, const struct tuning_limits *limits,
		    uint64_t bytes, uint32_t row)
{
	const uint32_t last = limits->any_chunk ? CHUNK_MAX :
						  limits->chunk_bytes;
	struct tuning_point point = { .row = row };

	point.chunk_bytes = limits->any_chunk ? CHUNK_MIN : last;
	for (; point.chunk_bytes <= last; point.chunk_bytes *= 2) {
		point.depth = limits->any_depth ?
			(uint32_t)(bytes / point.chunk_bytes) : limits->depth;
		if (is_allowed(lattice, limits, &point) &&
		    lattice->count < LATTICE_POINTS_MAX &&
		    lattice_find(lattice, point.chunk_bytes, row) == lattice->count)
			lattice->points[lattice->count++] = point;
	}
}

static void add_rows(struct lattice *lattice, const struct tuning_limits *limits)
{
	const uint64_t bytes = point_bytes(&lattice->points[0]);
	uint64_t max = limits->bytes_max, more = bytes;
	uint32_t row = START_ROW;

	add_row(lattice, limits, bytes, row);
	if (!limits->any_depth)
		return;
	add_row(lattice, limits, bytes / 3 * 2, row - 1);
	if (!limits->any_chunk &&
	    max > (uint64_t)limits->chunk_bytes * limits->depth_max)
		max = (uint64_t)limits->chunk_bytes * limits->depth_max;
	while (more < max) {
		more = 2 * more < max ? 2 * more : max;
		add_row(lattice, limits, more, ++row);
	}
}

void lattice_init(struct lattice *lattice, const struct tuning_limits *limits)
{
	*lattice = (struct lattice){ .count = 1 };
	lattice->points[0] = (struct tuning_point){
		limits->chunk_bytes, limits->depth, START_ROW
	};
	choose_start(limits, &lattice->points[0]);
	add_rows(lattice, limits);
}
