/* SPDX-License-Identifier: MIT */
/* Random ranges, resident pages and geometries, and a plan for them. */
#ifndef PLAN_WORLD_H
#define PLAN_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/plan.h"

#define DEPTH_MAX 64
#define WANTS_MAX 12
#define FILES 3
#define RUNS 3
/* The size of the buffer, of which each byte has a state. */
#define BUFFER_SIZE 60000

enum byte_state { NOT_WANTED, TODO, FLYING, DONE };

/* A load without I/O: which bytes are where, and which chunks are in flight. */
struct world {
	uint64_t seed;
	uint64_t random;
	struct request_range ranges[WANTS_MAX];
	size_t count;
	uint64_t base;
	uint32_t unit;
	struct interval runs[FILES][RUNS];
	struct intervals before[FILES];
	struct plan plan;
	unsigned char bytes[BUFFER_SIZE];
	/* Which byte of which file is to be there. */
	uint64_t origin[BUFFER_SIZE];
	struct chunk flying[DEPTH_MAX];
	unsigned n_flying;
	unsigned depth;
};

/* Return a random number below a limit. */
uint64_t world_draw(struct world *world, uint64_t below);
struct geometry world_draw_geometry(struct world *world);
/* Draw all of it, and make the plan. */
void world_start(struct world *world, uint64_t seed);

#endif
