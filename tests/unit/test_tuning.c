/* SPDX-License-Identifier: MIT */
/* How long reads should be, and how many in flight, on disks of which that is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/tuning.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* As a context is made by default. */
static const struct tuning_limits any = {
	.chunk_bytes = 1 << 20, .depth = 6, .any_chunk = true,
	.any_depth = true, .bytes_max = 8 << 20, .depth_max = 64,
};

/*
 * A disk: all that it can do, in bytes per us; the time that each request takes, in us, and
 * as much that they take one after the other; and the length above which requests are
 * slower, the more the longer they are.
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

static uint64_t seed;

/* Between -1 and 1. */
static double random_part(void)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (double)(seed >> 33) / (double)(UINT64_C(1) << 30) - 1;
}

/* In bytes per us. */
static double rate_of(const struct disk *disk, struct tuning_point point)
{
	const double chunk = point.chunk_bytes;
	double rate = disk->rate, most;

	if (disk->split > 0 && chunk > disk->split)
		rate = rate * disk->split / chunk;
	if (disk->in_turn > 0 && chunk / disk->in_turn < rate)
		rate = chunk / disk->in_turn;
	most = point.depth * chunk / (disk->each + chunk / rate);
	return disk->each > 0 && most < rate ? most : rate;
}

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

static struct loader begin(const struct disk *disk,
			   const struct tuning_limits *limits)
{
	struct loader loader = { .disk = disk, .now = 1e6 };

	seed = 1;
	tuning_init(&loader.tuning, limits);
	return loader;
}

static bool same(struct tuning_point a, struct tuning_point b)
{
	return a.chunk_bytes == b.chunk_bytes && a.depth == b.depth;
}

static double triangle(double at)
{
	const double part = at - (double)(uint64_t)at;

	return part < 0.5 ? 4 * part - 1 : 3 - 4 * part;
}

/* The time of a chunk. */
static double time_of(const struct loader *loader, struct tuning_point point)
{
	const struct disk *disk = loader->disk;

	return point.chunk_bytes / rate_of(disk, point) *
	       (1 + disk->noise * random_part()) *
	       (1 + disk->drift * triangle(loader->now / 3e5));
}

static void load(struct loader *loader, uint64_t bytes)
{
	struct tuning *tuning = &loader->tuning;
	struct tuning_point point, best;
	double lost;

	while (bytes > 0) {
		point = tuning_now(tuning);
		best = tuning_best(tuning);
		loader->now += time_of(loader, point);
		lost = point.chunk_bytes / rate_of(loader->disk, point) -
		       point.chunk_bytes / rate_of(loader->disk, best);
		loader->lost += lost > 0 ? lost : 0;
		bytes -= bytes < point.chunk_bytes ? bytes : point.chunk_bytes;
		tuning_note(tuning, point.chunk_bytes, bytes,
			    (uint64_t)(loader->now * 1000));
		loader->changes += !same(best, tuning_best(tuning));
		loader->trials += same(point, best) &&
				  !same(tuning_now(tuning), tuning_best(tuning));
	}
	tuning_pause(tuning);
	assert_true(same(tuning_now(tuning), tuning_best(tuning)));
}

static void expect(const struct loader *loader, uint64_t chunk, uint32_t depth)
{
	const struct tuning_point best = tuning_best(&loader->tuning);

	if (best.chunk_bytes != chunk || best.depth != depth)
		fail_msg("%u KiB x %u, not %u x %u", best.chunk_bytes >> 10,
			 best.depth, (unsigned)(chunk / KIB), depth);
}

static void starts(const struct tuning_limits *limits, uint64_t chunk,
		   uint32_t depth)
{
	struct tuning tuning;

	tuning_init(&tuning, limits);
	assert_int_equal(tuning_now(&tuning).chunk_bytes, chunk);
	assert_int_equal(tuning_now(&tuning).depth, depth);
}

static void begins_where_the_disk_says(void **state)
{
	struct tuning_limits limits = any;

	(void)state;
	starts(&limits, MIB, 6);
	limits.request_max = 1280 * KIB;
	starts(&limits, MIB, 6);
	/* Reads of 1 MiB would be split. */
	limits.request_max = 1016 * KIB;
	starts(&limits, 512 * KIB, 12);
	limits.request_max = 128 * KIB;
	starts(&limits, 512 * KIB, 12);
	limits.request_max = 0;
	limits.request_best = 1536 * KIB;
	starts(&limits, MIB, 6);
	limits.request_best = 2 * MIB;
	starts(&limits, 2 * MIB, 3);
	limits.request_best = 64 * MIB;
	starts(&limits, 2 * MIB, 3);
	limits.request_best = 4 * KIB;
	starts(&limits, MIB, 6);
	/* Values that the caller has fixed stay. */
	limits = any;
	limits.any_chunk = false;
	limits.request_max = 128 * KIB;
	starts(&limits, MIB, 6);
	limits.any_chunk = true;
	limits.any_depth = false;
	starts(&limits, MIB, 6);
}

static void points_are_within_the_limits(void **state)
{
	static const struct { bool any_chunk, any_depth; } cases[] = {
		{ true, true }, { true, false }, { false, true }, { false, false },
	};
	static const uint32_t chunks[] = { 4096, 65536, 1 << 20, 8 << 20 };
	const struct tuning_point *point;
	struct lattice lattice;
	unsigned c, i, n;

	(void)state;
	for (c = 0; c < 16; c++) {
		struct tuning_limits limits = any;

		limits.any_chunk = cases[c % 4].any_chunk;
		limits.any_depth = cases[c % 4].any_depth;
		limits.chunk_bytes = chunks[c / 4];
		limits.depth = limits.chunk_bytes == 8 << 20 ? 1 : 6;
		lattice_init(&lattice, &limits);
		for (i = 0; i < lattice.count; i++) {
			point = &lattice.points[i];
			assert_in_range(point_bytes(point), 1, 8 * MIB);
			assert_in_range(point->depth, 1, 64);
			if (!limits.any_chunk)
				assert_int_equal(point->chunk_bytes,
						 limits.chunk_bytes);
			if (!limits.any_depth)
				assert_int_equal(point->depth, limits.depth);
			for (n = 0; n < i; n++)
				assert_false(same(*point, lattice.points[n]) &&
					     point->row == lattice.points[n].row);
		}
		if (!limits.any_chunk && !limits.any_depth)
			assert_int_equal(lattice.count, 1);
	}
	/* 4, 6 and 8 MiB, in reads of 128 KiB to 2 MiB. */
	lattice_init(&lattice, &any);
	assert_int_equal(lattice.count, 15);
}

static void disks_limit_the_points(void **state)
{
	struct tuning_limits limits = any;
	struct lattice lattice;
	unsigned i;

	(void)state;
	limits.request_max = 512 * KIB;
	limits.requests_max = 16;
	lattice_init(&lattice, &limits);
	for (i = 0; i < lattice.count; i++) {
		assert_true(lattice.points[i].chunk_bytes <= 512 * KIB);
		assert_true(lattice.points[i].depth <= 16);
	}
	/* 512 KiB x 8, 12, 16; 256 KiB x 16. */
	assert_int_equal(lattice.count, 4);
	/* All of these are split, whatever their length: 8, 12 and 16 of 512 KiB, up to 64
	 * of 128. */
	limits.request_max = 124 * KIB;
	limits.requests_max = 64;
	lattice_init(&lattice, &limits);
	for (i = 0; i < lattice.count; i++)
		assert_true(lattice.points[i].chunk_bytes <= 512 * KIB);
	assert_int_equal(lattice.count, 9);
	/* One that takes a single request at a time: 1 and 2 MiB. */
	limits.request_max = 0;
	limits.requests_max = 1;
	lattice_init(&lattice, &limits);
	for (i = 0; i < lattice.count; i++)
		assert_true(lattice.points[i].depth <= 6);
	assert_int_equal(lattice.count, 5);
}

/* The best point of disks of several kinds, and how soon it is found. */
static const struct {
	struct disk disk;
	uint64_t chunk;
	uint32_t depth;
	uint64_t bytes;
} kinds[] = {
	/* A plateau. */
	{ { .rate = 3000 }, MIB, 6, 2 * GIB },
	/* Each request takes 5 ms, however long it is: as many bytes as may be. */
	{ { .rate = 9000, .each = 5000 }, MIB, 8, 4 * GIB },
	/* The same, but requests of more than 512 KiB are split. */
	{ { .rate = 2000, .each = 5000, .split = 524288 }, 512 * KIB, 16,
	  6 * GIB },
	/* One after the other, 700 us each: long ones. */
	{ { .rate = 9000, .in_turn = 700 }, 2 * MIB, 3, 4 * GIB },
	/* Long ones are slow. */
	{ { .rate = 3000, .split = 131072 }, 128 * KIB, 48, 6 * GIB },
};

static void best_point_is_found(void **state)
{
	struct loader loader;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		loader = begin(&kinds[i].disk, &any);
		load(&loader, kinds[i].bytes);
		expect(&loader, kinds[i].chunk, kinds[i].depth);
		assert_true(tuning_is_over(&loader.tuning));
		assert_true(loader.lost <= loader.now / 32);
	}
}

/* However much times differ from moment to moment: the best point, or one that is about
 * as good; each was the best one at most once; and there is an end to it. */
static void noise_does_not_matter(void **state)
{
	static const double noises[] = { 0.1, 0.3, 0.6 };
	struct loader loader;
	struct disk disk;
	double best;
	unsigned i;

	(void)state;
	for (i = 0; i < 5 * 3 * 8; i++) {
		disk = kinds[i % 5].disk;
		disk.noise = noises[i / 5 % 3];
		disk.drift = 0.1;
		loader = begin(&disk, &any);
		seed = i * 7919 + 1;
		load(&loader, 8 * GIB);
		best = rate_of(&disk, (struct tuning_point){
			(uint32_t)kinds[i % 5].chunk, kinds[i % 5].depth, 0 });
		assert_true(rate_of(&disk, tuning_best(&loader.tuning)) >=
			    0.93 * best);
		assert_true(tuning_is_over(&loader.tuning));
		assert_true(loader.trials <= 5 * loader.tuning.lattice.count);
		assert_true(loader.changes < loader.tuning.lattice.count);
		assert_true(loader.lost <= loader.now / 32);
	}
}

/* All are alike: the one with fewer bytes in flight than others have stays. */
static void ties_change_nothing(void **state)
{
	struct disk disk = { .rate = 3000, .noise = 0.1, .drift = 0.3 };
	struct loader loader;
	unsigned i;

	(void)state;
	for (i = 0; i < 50; i++) {
		loader = begin(&disk, &any);
		seed = i;
		load(&loader, 8 * GIB);
		expect(&loader, MIB, 6);
		assert_int_equal(loader.changes, 0);
		assert_true(tuning_is_over(&loader.tuning));
	}
	/* A gain that is hardly one is none. */
	disk = (struct disk){ .rate = 9000, .in_turn = 116 };
	loader = begin(&disk, &any);
	load(&loader, 8 * GIB);
	expect(&loader, MIB, 6);
}

/* A point that is much slower is left before it has cost what may be lost. */
static void slow_points_are_left_soon(void **state)
{
	static const struct disk disk = { .rate = 3000, .split = 1048576,
					  .in_turn = 350 };
	struct loader loader = begin(&disk, &any);
	uint64_t loaded;

	(void)state;
	for (loaded = 0; loaded < 4 * GIB; loaded += GIB / 2) {
		load(&loader, GIB / 2);
		assert_true(loader.lost <= loader.now / 32);
	}
	expect(&loader, MIB, 6);
	assert_true(loader.lost > 0);
	assert_true(tuning_is_over(&loader.tuning));
}

/* The next load knows what one has learned. */
static void many_loads_are_as_good(void **state)
{
	struct loader loader;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		loader = begin(&kinds[i].disk, &any);
		while (loader.now < 1e9 && !tuning_is_over(&loader.tuning))
			load(&loader, 384 * MIB);
		expect(&loader, kinds[i].chunk, kinds[i].depth);
		assert_true(loader.lost <= loader.now / 32);
	}
}

static void short_loads_try_nothing(void **state)
{
	struct loader loader = begin(&kinds[1].disk, &any);
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++)
		load(&loader, 64 * MIB);
	assert_int_equal(loader.trials, 0);
	expect(&loader, MIB, 6);
}

/* Others begin to load beside it, all the time: nothing is learned of that. */
static void pauses_count_nothing(void **state)
{
	struct loader loader = begin(&kinds[1].disk, &any);
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		tuning_note(&loader.tuning, 16 * MIB, 4 * GIB, 1000 * i);
		tuning_pause(&loader.tuning);
	}
	expect(&loader, MIB, 6);
	assert_false(loader.tuning.trying);
	/* A rival is left at once. */
	for (i = 0; i < 100 && !loader.tuning.trying; i++)
		tuning_note(&loader.tuning, 8 * MIB, 4 * GIB, 1000000 + 1000 * i);
	assert_true(loader.tuning.trying);
	tuning_pause(&loader.tuning);
	assert_int_equal(tuning_now(&loader.tuning).depth, 6);
}

/* A caller's length, or number, stays; what it leaves open is found. */
static void fixed_values_stay(void **state)
{
	static const struct disk slow = { .rate = 9000, .each = 5000 };
	static const struct disk in_turn = { .rate = 9000, .in_turn = 700 };
	struct tuning_limits limits = any;
	struct loader loader;

	(void)state;
	limits.any_chunk = false;
	limits.chunk_bytes = 128 * KIB;
	loader = begin(&slow, &limits);
	load(&loader, 4 * GIB);
	expect(&loader, 128 * KIB, 64);
	limits = any;
	limits.any_depth = false;
	limits.depth = 3;
	loader = begin(&in_turn, &limits);
	load(&loader, 4 * GIB);
	expect(&loader, 2 * MIB, 3);
	limits.any_chunk = false;
	loader = begin(&in_turn, &limits);
	assert_true(tuning_is_over(&loader.tuning));
	load(&loader, 4 * GIB);
	expect(&loader, MIB, 3);
	assert_int_equal(loader.trials, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_where_the_disk_says),
		cmocka_unit_test(points_are_within_the_limits),
		cmocka_unit_test(disks_limit_the_points),
		cmocka_unit_test(best_point_is_found),
		cmocka_unit_test(noise_does_not_matter),
		cmocka_unit_test(ties_change_nothing),
		cmocka_unit_test(slow_points_are_left_soon),
		cmocka_unit_test(many_loads_are_as_good),
		cmocka_unit_test(short_loads_try_nothing),
		cmocka_unit_test(pauses_count_nothing),
		cmocka_unit_test(fixed_values_stay),
	};

	return cmocka_run_group_tests_name("tuning", tests, NULL, NULL);
}
