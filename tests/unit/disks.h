/* SPDX-License-Identifier: MIT */
/*
 * Disks of which it is known how fast they are at each length and depth, and a
 * context that loads from one: there is no I/O.
 */
#ifndef DISKS_H
#define DISKS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/tuning.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* As a context is made by default. */
extern const struct tuning_limits default_limits;

/*
 * A disk: all that it can do, in bytes per us; the time that each request takes,
 * in us, and as much that they take one after the other; and the length above
 * which requests are slower, the more the longer they are.
 */
struct disk {
	double rate;
	double each;
	double in_turn;
	double split;
	/* Times are off by a part of so much; and slowly rise and fall by as much. */
	double noise;
	double drift;
};

/* A context that loads from it. */
struct loader {
	const struct disk *disk;
	struct tuning tuning;
	double now;
	/* The time that was lost by trying, in us; how often the best point changed, and laps
	 * that the rivals began. */
	double lost;
	unsigned changes;
	unsigned trials;
};

/* Random numbers begin anew. */
struct loader loader_begin(const struct disk *disk,
			   const struct tuning_limits *limits);
void loader_seed(uint64_t seed);
void loader_load(struct loader *loader, uint64_t bytes);
/* Check that this is the best point. */
void loader_expect(const struct loader *loader, uint64_t chunk, uint32_t depth);

/* In bytes per us. */
double disk_rate(const struct disk *disk, struct tuning_point point);
bool same_point(struct tuning_point a, struct tuning_point b);

#endif
