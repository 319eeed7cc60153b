/* SPDX-License-Identifier: MIT */
/*
 * The reference: the speed of fio. Its block size and depth are the best ones
 * here: all are tried once on the beginning of the file, and the best of them
 * again. Small blocks in random order have a fixed block size, so only the
 * depth is searched.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* Bytes of the file that a trial reads. */
#define TRIAL_BYTES ((uint64_t)1 << 30)
/* How many of the best get all their runs. */
#define FINALISTS 4
#define RUNS 3
/* Bytes of a run in random order, and of its blocks. */
#define RANDOM_BYTES (256 * BENCH_MIB)
#define RANDOM_BLOCK ((uint64_t)65536)

static const char *const engines[] = { "io_uring", "libaio" };
/*
 * Reserved huge pages, else transparent ones: glibc's malloc() requests these
 * by its tunable, and gets them for aligned buffers.
 */
static const char *const memories[] = { "mmaphuge", "malloc" };
static const uint64_t blocks[] = {
	BENCH_MIB / 4, BENCH_MIB / 2, BENCH_MIB, 2 * BENCH_MIB, 4 * BENCH_MIB,
};
static const unsigned depths[] = { 4, 8, 16, 32 };
static const unsigned random_depths[] = { 8, 16, 32, 64 };
#define N_ENGINES (sizeof(engines) / sizeof(engines[0]))
#define N_MEMORIES (sizeof(memories) / sizeof(memories[0]))
#define N_BLOCKS (sizeof(blocks) / sizeof(blocks[0]))
#define N_DEPTHS (sizeof(depths) / sizeof(depths[0]))
#define N_RANDOM_DEPTHS (sizeof(random_depths) / sizeof(random_depths[0]))

static void run(const struct bench *bench, const struct bench_reference *how,
		struct bench_disk *disk)
{
	struct dmaload_error err;

	if (how->absent[0]) {
		*disk = (struct bench_disk){ .speed = 0 };
		return;
	}
	if (bench_chill(bench, &err) < 0) {
		*disk = (struct bench_disk){ .error = err };
		return;
	}
	bench_fio(bench, how, bench->length, disk, NULL, 0);
}

void bench_reference_run(const struct bench *bench, struct bench_disk *disk)
{
	run(bench, &bench->reference, disk);
}

void bench_random_run(const struct bench *bench, struct bench_disk *disk)
{
	run(bench, &bench->random, disk);
}

/* Find the first engine and memory that work, with few bytes. */
static bool find_kind(const struct bench *bench, struct bench_reference *how,
		      struct bench_disk *disk)
{
	const uint64_t size = bench->length < 4 * BENCH_MIB ? bench->length :
							      4 * BENCH_MIB;
	size_t i;

	how->block = bench->length < BENCH_MIB ? 4096 : BENCH_MIB;
	how->depth = 4;
	for (i = 0; i < N_ENGINES * N_MEMORIES; i++) {
		how->engine = engines[i / N_MEMORIES];
		how->memory = memories[i % N_MEMORIES];
		if (!bench_fio(bench, how, size, disk, how->version,
			       sizeof(how->version)))
			return false;
		if (disk->error.code == 0)
			return true;
	}
	return true;
}

static bool try(const struct bench *bench, const struct bench_reference *reference,
		struct bench_trial *trial)
{
	const bool whole = reference->random_bytes > 0 ||
			   bench->length < TRIAL_BYTES;
	struct bench_reference how = *reference;
	struct bench_statistics statistics;
	struct bench_disk disk;
	double sorted[RUNS];

	how.block = trial->block;
	how.depth = trial->depth;
	if (!bench_fio(bench, &how, whole ? bench->length : TRIAL_BYTES, &disk,
		       NULL, 0))
		return false;
	trial->speeds[trial->runs++] = disk.speed;
	memcpy(sorted, trial->speeds, sizeof(sorted));
	bench_statistics(sorted, trial->runs, &statistics);
	trial->speed = statistics.median;
	return true;
}

static int compare_trials(const void *a, const void *b)
{
	const struct bench_trial *left = a, *right = b;

	return (left->speed < right->speed) - (left->speed > right->speed);
}

/* Each block size is tried with each depth. */
struct grid {
	const uint64_t *blocks;
	size_t n_blocks;
	const unsigned *depths;
	size_t n_depths;
};

static bool try_all(const struct bench *bench, struct bench_reference *reference,
		    const struct grid *grid)
{
	const size_t count = grid->n_blocks * grid->n_depths;
	size_t i, n = 0;

	reference->trials = calloc(count, sizeof(*reference->trials));
	for (i = 0; reference->trials && i < count; i++) {
		struct bench_trial *trial = &reference->trials[n];

		trial->block = grid->blocks[i / grid->n_depths];
		trial->depth = grid->depths[i % grid->n_depths];
		/* A file with fewer blocks than the depth cannot fill it. */
		if (n > 0 && trial->block * trial->depth > bench->length)
			continue;
		if (!try(bench, reference, trial))
			return false;
		reference->trial_count = ++n;
	}
	return true;
}

static bool sweep(const struct bench *bench, struct bench_reference *reference,
		  const struct grid *grid)
{
	size_t i, run, n;

	if (!try_all(bench, reference, grid))
		return false;
	n = reference->trial_count;
	if (n == 0)
		return true;
	qsort(reference->trials, n, sizeof(*reference->trials), compare_trials);
	for (run = 1; run < RUNS; run++)
		for (i = 0; i < n && i < FINALISTS; i++)
			if (!try(bench, reference, &reference->trials[i]))
				return false;
	qsort(reference->trials, n < FINALISTS ? n : FINALISTS,
	      sizeof(*reference->trials), compare_trials);
	reference->block = reference->trials[0].block;
	reference->depth = reference->trials[0].depth;
	return true;
}

static bool find_random(struct bench *bench)
{
	static const uint64_t block = RANDOM_BLOCK;
	const struct grid grid = {
		&block, 1, random_depths, N_RANDOM_DEPTHS,
	};

	bench->random.random_bytes = bench->length < RANDOM_BYTES ?
				     bench->length : RANDOM_BYTES;
	return sweep(bench, &bench->random, &grid);
}

static bool find(struct bench *bench)
{
	const struct grid grid = { blocks, N_BLOCKS, depths, N_DEPTHS };
	struct bench_reference *reference = &bench->reference;

	if (bench->fio_block == 0)
		return sweep(bench, reference, &grid);
	reference->block = bench->fio_block;
	reference->depth = bench->fio_depth;
	return true;
}

int bench_reference_find(struct bench *bench, struct dmaload_error *err)
{
	struct bench_reference *reference = &bench->reference;
	const bool random = bench_random_wanted(bench);
	struct bench_disk disk;
	bool ok = true;

	disk.error.code = 0;
	if (bench->no_fio)
		snprintf(reference->absent, sizeof(reference->absent),
			 "disabled by --no-fio");
	else if (bench->case_count > 0 || random)
		ok = find_kind(bench, reference, &disk);
	if (ok && disk.error.code < 0)
		memcpy(reference->absent, disk.error.message,
		       sizeof(reference->absent));
	bench->random = *reference;
	if (ok && !reference->absent[0] && random)
		ok = find_random(bench);
	if (bench->case_count == 0 && !reference->absent[0])
		snprintf(reference->absent, sizeof(reference->absent),
			 "no case is compared with its sequential reads");
	else if (ok && !reference->absent[0])
		ok = find(bench);
	return ok ? 0 : watch_check(err);
}
