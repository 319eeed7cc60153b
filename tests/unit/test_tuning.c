/* SPDX-License-Identifier: MIT */
/* How long reads should be, and how many in flight, on disks of which that is known. */
#include "disks.h"

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
		loader = loader_begin(&kinds[i].disk, &default_limits);
		loader_load(&loader, kinds[i].bytes);
		loader_expect(&loader, kinds[i].chunk, kinds[i].depth);
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
		loader = loader_begin(&disk, &default_limits);
		loader_seed(i * 7919 + 1);
		loader_load(&loader, 8 * GIB);
		best = disk_rate(&disk, (struct tuning_point){
			(uint32_t)kinds[i % 5].chunk, kinds[i % 5].depth, 0 });
		assert_true(disk_rate(&disk, tuning_best(&loader.tuning)) >=
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
		loader = loader_begin(&disk, &default_limits);
		loader_seed(i);
		loader_load(&loader, 8 * GIB);
		loader_expect(&loader, MIB, 6);
		assert_int_equal(loader.changes, 0);
		assert_true(tuning_is_over(&loader.tuning));
	}
	/* A gain that is hardly one is none. */
	disk = (struct disk){ .rate = 9000, .in_turn = 116 };
	loader = loader_begin(&disk, &default_limits);
	loader_load(&loader, 8 * GIB);
	loader_expect(&loader, MIB, 6);
}

/* A point that is much slower is left before it has cost what may be lost. */
static void slow_points_are_left_soon(void **state)
{
	static const struct disk disk = { .rate = 3000, .split = 1048576,
					  .in_turn = 350 };
	struct loader loader = loader_begin(&disk, &default_limits);
	uint64_t loaded;

	(void)state;
	for (loaded = 0; loaded < 4 * GIB; loaded += GIB / 2) {
		loader_load(&loader, GIB / 2);
		assert_true(loader.lost <= loader.now / 32);
	}
	loader_expect(&loader, MIB, 6);
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
		loader = loader_begin(&kinds[i].disk, &default_limits);
		while (loader.now < 1e9 && !tuning_is_over(&loader.tuning))
			loader_load(&loader, 384 * MIB);
		loader_expect(&loader, kinds[i].chunk, kinds[i].depth);
		assert_true(loader.lost <= loader.now / 32);
	}
}

static void short_loads_try_nothing(void **state)
{
	struct loader loader = loader_begin(&kinds[1].disk, &default_limits);
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++)
		loader_load(&loader, 64 * MIB);
	assert_int_equal(loader.trials, 0);
	loader_expect(&loader, MIB, 6);
}

/* Others begin to load beside it, all the time: nothing is learned of that. */
static void pauses_count_nothing(void **state)
{
	struct loader loader = loader_begin(&kinds[1].disk, &default_limits);
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		tuning_note(&loader.tuning, 16 * MIB, 4 * GIB, 1000 * i);
		tuning_pause(&loader.tuning);
	}
	loader_expect(&loader, MIB, 6);
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
	struct tuning_limits limits = default_limits;
	struct loader loader;

	(void)state;
	limits.any_chunk = false;
	limits.chunk_bytes = 128 * KIB;
	loader = loader_begin(&slow, &limits);
	loader_load(&loader, 4 * GIB);
	loader_expect(&loader, 128 * KIB, 64);
	limits = default_limits;
	limits.any_depth = false;
	limits.depth = 3;
	loader = loader_begin(&in_turn, &limits);
	loader_load(&loader, 4 * GIB);
	loader_expect(&loader, 2 * MIB, 3);
	limits.any_chunk = false;
	loader = loader_begin(&in_turn, &limits);
	assert_true(tuning_is_over(&loader.tuning));
	loader_load(&loader, 4 * GIB);
	loader_expect(&loader, MIB, 3);
	assert_int_equal(loader.trials, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
