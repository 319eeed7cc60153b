/* SPDX-License-Identifier: MIT */
/* Whatever the ranges and the alignment: every byte is read, and read once. */
#include <stdlib.h>

#include "plan_world.h"

#define ROUNDS 6000

#define CHECK(world, condition) do { \
	if (!(condition)) \
		fail_msg("seed %llu: %s", \
			 (unsigned long long)(world)->seed, #condition); \
} while (0)

static void check_units(const struct world *world, const struct piece *piece)
{
	const struct request_range *range = &world->ranges[piece->extent];
	const uint64_t offset = piece->file_offset - range->file_offset;

	CHECK(world, piece->file_offset >= range->file_offset);
	CHECK(world, offset + piece->length <= range->length);
	CHECK(world, offset % world->unit == 0);
	CHECK(world, piece->length % world->unit == 0 ||
		     offset + piece->length == range->length);
}

static void move_piece(struct world *world, const struct chunk *chunk,
		       const struct piece *piece, enum byte_state from,
		       enum byte_state to)
{
	const uint64_t at = piece->buffer_offset - world->base;
	uint32_t i;

	if (world->unit != 0)
		check_units(world, piece);
	CHECK(world, piece->file_offset >= chunk->file_offset + chunk->skip);
	CHECK(world, piece->file_offset + piece->length <=
		     chunk->file_offset + chunk->skip + chunk->data_length);
	CHECK(world, at < BUFFER_SIZE && piece->length <= BUFFER_SIZE - at);
	for (i = 0; i < piece->length; i++) {
		CHECK(world, world->bytes[at + i] == from);
		CHECK(world, world->origin[at + i] ==
			     ((uint64_t)chunk->route << 56) +
			     piece->file_offset + i);
		world->bytes[at + i] = (unsigned char)to;
	}
}

static void move_bytes(struct world *world, const struct chunk *chunk,
		       enum byte_state from, enum byte_state to)
{
	struct walk walk = plan_walk(chunk);
	struct piece piece;
	uint32_t n = 0;

	while (plan_piece(&world->plan, &walk, &piece)) {
		move_piece(world, chunk, &piece, from, to);
		n += piece.length;
	}
	CHECK(world, n == chunk->wanted);
}

static void check_shape(const struct world *world, const struct chunk *chunk,
			const struct geometry *geometry)
{
	const uint32_t wanted = chunk->skip + chunk->data_length;

	CHECK(world, chunk->wanted > 0 && chunk->wanted <= chunk->data_length);
	/* Little is read for nothing. */
	CHECK(world, chunk->data_length - chunk->wanted <= WANTS_MAX *
		     (geometry->block > 16384 ? geometry->block : 16384));
	CHECK(world, chunk->length > 0 && chunk->length <= geometry->chunk);
	CHECK(world, chunk->file_offset % geometry->block == 0);
	CHECK(world, chunk->length % geometry->block == 0);
	CHECK(world, chunk->skip < geometry->block);
	CHECK(world, wanted <= chunk->length);
	CHECK(world, chunk->length - wanted < geometry->block);
	if (geometry->whole)
		CHECK(world, chunk->edge || (chunk->skip == 0 &&
		      chunk->wanted == chunk->length));
	if (chunk->edge)
		CHECK(world, chunk->length == geometry->block);
	if (!chunk->in_place)
		return;
	CHECK(world, geometry->in_place && !chunk->edge);
	CHECK(world, chunk->skip == 0 && chunk->wanted == chunk->length);
	CHECK(world, chunk->buffer_offset % geometry->mem_align == 0);
}

static void check_resident(const struct world *world,
			   const struct chunk *chunk)
{
	const struct intervals *resident =
		&world->before[world->plan.extents[chunk->extent].file];
	const uint64_t start = chunk->file_offset + chunk->skip;

	CHECK(world, intervals_bytes(resident, (struct interval){
		start, start + chunk->data_length }) == chunk->data_length);
}

static bool take(struct world *world, const struct geometry *geometry)
{
	struct chunk *chunk = &world->flying[world->n_flying];
	struct place place;
	bool cached;

	if (world->n_flying == world->depth ||
	    !plan_peek(&world->plan, 0, &place))
		return false;
	cached = plan_is_cached(&world->plan);
	plan_get(&world->plan, geometry, chunk);
	CHECK(world, chunk->route == place.route && chunk->cached == cached);
	if (cached)
		check_resident(world, chunk);
	check_shape(world, chunk, geometry);
	move_bytes(world, chunk, TODO, FLYING);
	world->n_flying++;
	return true;
}

/* All bytes before the position have been taken; those that fly have a place. */
static void check_position(const struct world *world)
{
	uint64_t position = plan_position(&world->plan), flying = 0, done = 0;
	unsigned i;

	for (i = 0; i < world->n_flying; i++)
		flying += world->flying[i].wanted;
	for (i = 0; i < BUFFER_SIZE; i++)
		done += world->bytes[i] == DONE;
	CHECK(world, position <= done + flying);
}

/* Any one that is in flight arrives, or comes back. */
static void land(struct world *world, bool arrived)
{
	const unsigned i = (unsigned)world_draw(world, world->n_flying);
	const struct chunk chunk = world->flying[i];

	move_bytes(world, &chunk, FLYING, arrived ? DONE : TODO);
	if (!arrived)
		assert_int_equal(plan_return(&world->plan, &chunk), 0);
	world->flying[i] = world->flying[--world->n_flying];
}

/* One path: it takes for a while, and then declines, or finishes. */
static void run_path(struct world *world, const struct geometry *geometry,
		     unsigned steps)
{
	while (steps-- > 0) {
		while (world_draw(world, 4) != 0 && take(world, geometry))
			;
		if (world->n_flying > 0)
			land(world, true);
	}
	while (world->n_flying > 0)
		land(world, world_draw(world, 3) == 0);
	check_position(world);
}

static void check_all_done(const struct world *world)
{
	uint64_t i;

	CHECK(world, plan_is_empty(&world->plan));
	CHECK(world, plan_position(&world->plan) == world->plan.total);
	for (i = 0; i < BUFFER_SIZE; i++)
		CHECK(world, world->bytes[i] == NOT_WANTED ||
			     world->bytes[i] == DONE);
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
		world_start(world, seed);
		geometry = world_draw_geometry(world);
		run_path(world, &geometry, (unsigned)world_draw(world, 40));
		geometry.in_place = geometry.whole = false;
		run_path(world, &geometry, (unsigned)world_draw(world, 40));
		last = world_draw_geometry(world);
		while (world->n_flying > 0 || take(world, &last)) {
			while (take(world, &last))
				;
			land(world, true);
		}
		check_all_done(world);
		plan_destroy(&world->plan);
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
