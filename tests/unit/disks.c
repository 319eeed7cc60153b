/* SPDX-License-Identifier: MIT */
#include "disks.h"

const struct tuning_limits default_limits = {
	.chunk_bytes = 1 << 20, .depth = 6, .any_chunk = true,
	.any_depth = true, .bytes_max = 8 << 20, .depth_max = 64,
};

static uint64_t seed;

void loader_seed(uint64_t value)
{
	seed = value;
}

/* Between -1 and 1. */
static double random_part(void)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (double)(seed >> 33) / (double)(UINT64_C(1) << 30) - 1;
}

/* In bytes per us. */
double disk_rate(const struct disk *disk, struct tuning_point point)
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

struct loader loader_begin(const struct disk *disk,
			   const struct tuning_limits *limits)
{
	struct loader loader = { .disk = disk, .now = 1e6 };

	seed = 1;
	tuning_init(&loader.tuning, limits);
	return loader;
}

bool same_point(struct tuning_point a, struct tuning_point b)
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

	return point.chunk_bytes / disk_rate(disk, point) *
	       (1 + disk->noise * random_part()) *
	       (1 + disk->drift * triangle(loader->now / 3e5));
}

void loader_load(struct loader *loader, uint64_t bytes)
{
	struct tuning *tuning = &loader->tuning;
	struct tuning_point point, best;
	double lost;

	while (bytes > 0) {
		point = tuning_now(tuning);
		best = tuning_best(tuning);
		loader->now += time_of(loader, point);
		lost = point.chunk_bytes / disk_rate(loader->disk, point) -
		       point.chunk_bytes / disk_rate(loader->disk, best);
		loader->lost += lost > 0 ? lost : 0;
		bytes -= bytes < point.chunk_bytes ? bytes : point.chunk_bytes;
		tuning_note(tuning, point.chunk_bytes, bytes,
			    (uint64_t)(loader->now * 1000));
		loader->changes += !same_point(best, tuning_best(tuning));
		loader->trials += same_point(point, best) &&
				  !same_point(tuning_now(tuning), tuning_best(tuning));
	}
	tuning_pause(tuning);
	assert_true(same_point(tuning_now(tuning), tuning_best(tuning)));
}

void loader_expect(const struct loader *loader, uint64_t chunk, uint32_t depth)
{
	const struct tuning_point best = tuning_best(&loader->tuning);

	if (best.chunk_bytes != chunk || best.depth != depth)
		fail_msg("%u KiB x %u, not %u x %u", best.chunk_bytes >> 10,
			 best.depth, (unsigned)(chunk / KIB), depth);
}
