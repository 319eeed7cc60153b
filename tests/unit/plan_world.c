/* SPDX-License-Identifier: MIT */
#include "plan_world.h"

#include <stdlib.h>
#include <string.h>

uint64_t world_draw(struct world *world, uint64_t below)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return world->random % below;
}

struct geometry world_draw_geometry(struct world *world)
{
	static const uint32_t blocks[] = { 1, 512, 1024, 4096, 8192 };
	static const uint32_t aligns[] = { 1, 4, 512, 4096 };
	struct geometry geometry = {
		.block = blocks[world_draw(world, 5)],
		.mem_align = aligns[world_draw(world, 4)],
		.in_place = world_draw(world, 4) != 0,
		.whole = world_draw(world, 3) == 0,
		.share = world_draw(world, 2) == 0,
		.small = (uint32_t)world_draw(world, 8192),
	};

	if (geometry.mem_align > geometry.block)
		geometry.mem_align = geometry.block;
	geometry.chunk = geometry.block << world_draw(world, 4);
	if (geometry.chunk < 512)
		geometry.chunk = 512;
	if (world->unit == 0)
		return geometry;
	/* A load with units is never moved in place, and as a whole only
	 * without blocks. A unit and a block fit into a chunk. */
	geometry.in_place = false;
	geometry.whole &= geometry.block == 1;
	if (geometry.chunk == geometry.block)
		geometry.chunk *= 2;
	return geometry;
}

/* Ranges side by side in the buffer, in the files wherever they fall. */
static void draw_wants(struct world *world)
{
	const size_t count = 1 + world_draw(world, WANTS_MAX);
	uint64_t at = world_draw(world, 3000), next[FILES] = { 0 };
	struct request_range *range;
	uint64_t i;
	size_t n;

	world->base = world_draw(world, 2) ? 0 : UINT64_C(1) << 40;
	for (n = 0; n < count; n++) {
		range = &world->ranges[n];
		*range = (struct request_range){
			.length = 1 + world_draw(world, world_draw(world, 3) ? 4000 : 20000),
			.file = (uint32_t)world_draw(world, FILES),
			.priority = (uint32_t)world_draw(world, 2),
			.index = n,
		};
		if (at + range->length > BUFFER_SIZE)
			break;
		range->route = range->file;
		/* Close to the last of the file, or anywhere. */
		range->file_offset = world_draw(world, 4) ? next[range->file] +
			world_draw(world, 3) * world_draw(world, 3000) :
			world_draw(world, 100000);
		range->buffer_offset = world->base + at;
		next[range->file] = range->file_offset + range->length;
		for (i = 0; i < range->length; i++) {
			world->bytes[at + i] = TODO;
			world->origin[at + i] = ((uint64_t)range->route << 56) +
						range->file_offset + i;
		}
		at += range->length + (world_draw(world, 2) ? 0 : world_draw(world, 3000));
	}
	world->count = n;
}

static void draw_runs(struct world *world)
{
	uint64_t page;
	size_t f, r;

	for (f = 0; f < FILES; f++) {
		page = 0;
		for (r = 0; r < RUNS; r++) {
			page += 1 + world_draw(world, 4);
			world->runs[f][r].start = page * 4096;
			page += 1 + world_draw(world, 4);
			world->runs[f][r].end = page * 4096;
		}
		world->before[f].items = world->runs[f];
		world->before[f].count = world_draw(world, RUNS + 1);
	}
}

void world_start(struct world *world, uint64_t seed)
{
	const struct intervals **before;
	size_t f;

	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	world->depth = 1 + (unsigned)world_draw(world, DEPTH_MAX);
	do {
		memset(world->bytes, 0, sizeof(world->bytes));
		draw_wants(world);
	} while (world->count == 0);
	draw_runs(world);
	world->unit = world_draw(world, 2) ? 0 : 1 + (uint32_t)world_draw(world, 256);
	qsort(world->ranges, world->count, sizeof(struct request_range),
	      plan_compare);
	before = world_draw(world, 2) ? calloc(FILES, sizeof(*before)) : NULL;
	for (f = 0; before && f < FILES; f++)
		before[f] = &world->before[f];
	assert_int_equal(plan_create(&world->plan, world->ranges, world->count,
				     world->unit, before, world_draw(world, 10000)), 0);
}
