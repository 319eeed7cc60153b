/* SPDX-License-Identifier: MIT */
/* Whatever the range and the alignment: every byte is read, and read once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

#define ROUNDS 6000
#define DEPTH_MAX 64
#define LENGTH_MAX 40000

enum byte_state { TODO, FLYING, DONE };

/* A load without I/O: which bytes are where, and which chunks are in flight. */
struct world {
	uint64_t seed;
	uint64_t random;
	struct extent range;
	struct plan plan;
	unsigned char bytes[LENGTH_MAX];
	struct chunk flying[DEPTH_MAX];
	unsigned n_flying;
	unsigned depth;
};

static uint64_t draw(struct world *world, uint64_t below)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return world->random % below;
}

#define CHECK(world, condition) do { \
	if (!(condition)) \
		fail_msg("seed %llu: %s", \
			 (unsigned long long)(world)->seed, #condition); \
} while (0)

static void move_bytes(struct world *world, const struct chunk *chunk,
		       enum byte_state from, enum byte_state to)
{
	const uint64_t first = chunk->file_offset + chunk->skip -
			       world->range.file_offset;
	uint32_t i;

	CHECK(world, first < world->range.length);
	CHECK(world, chunk->want <= world->range.length - first);
	CHECK(world, chunk->buffer_offset - world->range.buffer_offset ==
		     first);
	for (i = 0; i < chunk->want; i++) {
		CHECK(world, world->bytes[first + i] == from);
		world->bytes[first + i] = (unsigned char)to;
	}
}

static void check_shape(const struct world *world, const struct chunk *chunk,
			const struct geometry *geometry)
{
	CHECK(world, chunk->want > 0);
	CHECK(world, chunk->length > 0 && chunk->length <= geometry->chunk);
	CHECK(world, chunk->file_offset % geometry->block == 0);
	CHECK(world, chunk->length % geometry->block == 0);
	CHECK(world, chunk->skip < geometry->block);
	CHECK(world, chunk->skip + chunk->want <= chunk->length);
	CHECK(world, chunk->length - chunk->skip - chunk->want <
		     geometry->block);
	if (!chunk->in_place)
		return;
	CHECK(world, geometry->in_place);
	CHECK(world, chunk->skip == 0 && chunk->want == chunk->length);
	CHECK(world, chunk->buffer_offset % geometry->mem_align == 0);
}

static bool has_whole_block(const struct chunk *chunk,
			    const struct geometry *geometry)
{
	uint32_t first = chunk->skip ? geometry->block : 0;
	uint32_t end = (chunk->skip + chunk->want) / geometry->block *
		       geometry->block;

	return first < end;
}

/* What is promised of all that is left, against all that would be taken. */
static void check_promises(const struct world *world,
			   const struct geometry *geometry)
{
	const bool fits = plan_fits_in_place(&world->plan, geometry);
	const bool edges = plan_has_edges(&world->plan, geometry);
	bool any_edge = false, any_misfit = false;
	struct plan plan = world->plan;
	struct chunk chunk;

	if (!geometry->in_place)
		return;
	while (plan_take(&plan, geometry, &chunk)) {
		if (chunk.in_place)
			continue;
		any_edge = true;
		any_misfit |= has_whole_block(&chunk, geometry);
		/* The direct path has a slot of one block for it. */
		if (fits)
			CHECK(world, chunk.length <= geometry->block);
	}
	CHECK(world, edges == any_edge);
	CHECK(world, fits == !any_misfit);
}

static bool take(struct world *world, const struct geometry *geometry)
{
	struct chunk *chunk = &world->flying[world->n_flying];

	if (world->n_flying == world->depth ||
	    !plan_take(&world->plan, geometry, chunk))
		return false;
	check_shape(world, chunk, geometry);
	move_bytes(world, chunk, TODO, FLYING);
	world->n_flying++;
	return true;
}

/* Any one that is in flight arrives, or comes back. */
static void land(struct world *world, bool arrived)
{
	const unsigned i = (unsigned)draw(world, world->n_flying);
	const struct chunk chunk = world->flying[i];

	move_bytes(world, &chunk, FLYING, arrived ? DONE : TODO);
	if (!arrived)
		plan_return(&world->plan, &chunk);
	world->flying[i] = world->flying[--world->n_flying];
}

/* One path: it takes for a while, and then declines, or finishes. */
static void run_path(struct world *world, const struct geometry *geometry,
		     unsigned steps)
{
	check_promises(world, geometry);
	while (steps-- > 0) {
		while (draw(world, 4) != 0 && take(world, geometry))
			;
		if (world->n_flying > 0)
			land(world, true);
	}
	while (world->n_flying > 0)
		land(world, draw(world, 3) == 0);
}

static struct geometry draw_geometry(struct world *world)
{
	static const uint32_t blocks[] = { 1, 512, 1024, 4096, 8192 };
	static const uint32_t aligns[] = { 1, 4, 512, 4096 };
	struct geometry geometry = {
		.block = blocks[draw(world, 5)],
		.mem_align = aligns[draw(world, 4)],
		.in_place = draw(world, 4) != 0,
	};

	if (geometry.mem_align > geometry.block)
		geometry.mem_align = geometry.block;
	geometry.chunk = geometry.block << draw(world, 4);
	if (geometry.chunk < 512)
		geometry.chunk = 512;
	return geometry;
}

static uint64_t draw_offset(struct world *world)
{
	const uint64_t pages = draw(world, 8) * 4096;

	switch (draw(world, 4)) {
	case 0: return pages;
	case 1: return pages + draw(world, 8) * 512;
	case 2: return (UINT64_C(1) << 40) + pages + draw(world, 8) * 512;
	}
	return pages + draw(world, 4096);
}

static void start(struct world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	world->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	world->depth = 1 + (unsigned)draw(world, DEPTH_MAX);
	world->range.file_offset = draw_offset(world);
	world->range.buffer_offset = draw_offset(world);
	if (draw(world, 2))
		world->range.buffer_offset = world->range.file_offset;
	world->range.length = 1 + draw(world, draw(world, 2) ?
				       LENGTH_MAX : 3000);
	plan_init(&world->plan, &world->range);
}

static void check_all_done(struct world *world, const struct geometry *geometry)
{
	struct chunk chunk;
	uint64_t i;

	assert_false(plan_take(&world->plan, geometry, &chunk));
	for (i = 0; i < world->range.length; i++)
		CHECK(world, world->bytes[i] == DONE);
}

/* Two paths that decline midway, with other geometries, and one that finishes. */
static void every_byte_is_taken_once(void **state)
{
	struct world *world = malloc(sizeof(*world));
	struct geometry geometry, last;
	uint64_t seed;

	(void)state;
	assert_non_null(world);
	for (seed = 1; seed <= ROUNDS; seed++) {
		start(world, seed);
		geometry = draw_geometry(world);
		run_path(world, &geometry, (unsigned)draw(world, 40));
		geometry.in_place = false;
		run_path(world, &geometry, (unsigned)draw(world, 40));
		last = draw_geometry(world);
		check_promises(world, &last);
		while (world->n_flying > 0 || take(world, &last)) {
			while (take(world, &last))
				;
			land(world, true);
		}
		check_all_done(world, &last);
	}
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_taken_once),
	};

	return cmocka_run_group_tests_name("plan-random", tests, NULL, NULL);
}
