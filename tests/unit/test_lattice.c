/* SPDX-License-Identifier: MIT */
/* Which lengths and depths of reads are tried, and which is the first. */
#include "disks.h"

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
	struct tuning_limits limits = default_limits;

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
	limits = default_limits;
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
		struct tuning_limits limits = default_limits;

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
				assert_false(same_point(*point, lattice.points[n]) &&
					     point->row == lattice.points[n].row);
		}
		if (!limits.any_chunk && !limits.any_depth)
			assert_int_equal(lattice.count, 1);
	}
	/* 4, 6 and 8 MiB, in reads of 128 KiB to 2 MiB. */
	lattice_init(&lattice, &default_limits);
	assert_int_equal(lattice.count, 15);
}

static void disks_limit_the_points(void **state)
{
	struct tuning_limits limits = default_limits;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_where_the_disk_says),
		cmocka_unit_test(points_are_within_the_limits),
		cmocka_unit_test(disks_limit_the_points),
	};

	return cmocka_run_group_tests_name("lattice", tests, NULL, NULL);
}
