/* SPDX-License-Identifier: MIT */
/* One measurement of a pair: the preparation for both sides, and the checks
 * after it. */
#include "bench_pairs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tool.h"

/* Loads of a measurement, for each block of the file. */
#define LOADS_PER_BLOCK 4
/* Latencies that are kept of each side. Urgent loads have no fixed number. */
#define ROOM 65536
/* Touched before each measurement, for the pool and the kernel. */
#define TOUCH_BYTES (64 * BENCH_MIB)
/* Slots that are compared with the file, by their last bytes. */
#define SAMPLES 64
#define SAMPLE_BYTES 4096u

static unsigned least(unsigned a, uint64_t b)
{
	return a < b ? a : (unsigned)b;
}

/* Drop the file from the page cache, and create everything that both sides
 * share. */
static int prepare(struct bench_pair_work *work, struct bench_target *target,
		   struct dmaload_error *err)
{
	const struct bench *bench = work->bench;
	const struct bench_kind *kind = work->pair->kind;
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = bench->engine,
	};
	const uint64_t bytes = bench_pair_bytes(bench, kind);
	int r;

	bench_touch(TOUCH_BYTES);
	r = bench_chill(bench, err);
	if (r == 0)
		r = bench_target_create(target, work->pair->source, bytes, true, err);
	if (r == 0)
		r = dmaload_ctx_create(&work->ctx, &config, err);
	if (r == 0)
		r = dmaload_file_open(&work->file, bench->path, err);
	if (r < 0)
		return r;
	work->buffer = target->buffer;
	work->fd = open(bench->path, O_RDONLY | O_CLOEXEC | O_DIRECT);
	if (work->fd < 0 && kind->beside <= BENCH_BESIDE_URING)
		return explain(err, -errno, "%s: %s", bench->name, strerror(errno));
	r = bench_places_init(&work->places, dmaload_buffer_map(work->buffer),
			      kind->way == BENCH_URGENT ? kind->bytes : bytes,
			      kind->bytes, bench->length);
	work->depth = least(kind->depth, work->places.slots);
	work->loads = least(kind->loads, LOADS_PER_BLOCK * work->places.blocks);
	work->batch = least(kind->batch, work->loads);
	if (r == 0)
		r = bench_tally_init(&work->own, ROOM);
	if (r == 0)
		r = bench_tally_init(&work->rival, ROOM);
	return r < 0 ? explain(err, r, "no memory") : 0;
}

/* This uses the page cache, after everything was measured. */
static int check_samples(const struct bench_pair_work *work,
			 struct dmaload_error *err)
{
	const struct bench_places *places = &work->places;
	const size_t step = places->slots / SAMPLES + 1;
	const uint32_t skipped = places->bytes - SAMPLE_BYTES;
	char expected[SAMPLE_BYTES];
	size_t slot;
	int r;

	r = dmaload_buffer_begin(work->buffer, DMALOAD_ACCESS_READ, err);
	if (r < 0)
		return r;
	for (slot = 0; r == 0 && slot < places->slots; slot += step) {
		if (places->offsets[slot] == DMALOAD_UNKNOWN)
			continue;
		if (pread(work->bench->fd, expected, SAMPLE_BYTES,
			  (off_t)(places->offsets[slot] + skipped)) !=
		    (ssize_t)SAMPLE_BYTES ||
		    memcmp(expected, places->memory + slot * places->bytes + skipped,
			   SAMPLE_BYTES) != 0)
			r = explain(err, -EBADMSG, "the loaded bytes differ "
				    "from the file from byte %llu on",
				    (unsigned long long)
				    (places->offsets[slot] + skipped));
	}
	dmaload_buffer_end(work->buffer, DMALOAD_ACCESS_READ, NULL);
	return r;
}

static int perform(struct bench_pair_work *work, struct dmaload_error *err)
{
	switch (work->pair->kind->way) {
	case BENCH_SMALL: return bench_small(work, err);
	case BENCH_QUEUED: return bench_queued(work, err);
	case BENCH_URGENT: return bench_urgent(work, err);
	case BENCH_EMPTY:
	case BENCH_REPACK: return bench_transform(work, err);
	case BENCH_DIGEST: return bench_digest(work, err);
	}
	return -EINVAL;
}

static void measure(const struct bench *bench, const void *what, void *result)
{
	const struct bench_pair *pair = what;
	struct bench_pair_run *run = result;
	struct bench_pair_work work = {
		.bench = bench, .pair = pair, .run = run, .fd = -1,
		.options = {
			.size = sizeof(work.options), .paths = pair->kind->paths,
			.cache = pair->kind->cache,
		},
	};
	struct bench_target target = { .buffer = NULL };
	int r;

	r = prepare(&work, &target, &run->error);
	if (r == 0)
		r = perform(&work, &run->error);
	/* With this transform, the buffer does not have the bytes of the file. */
	if (r == 0 && pair->kind->beside != BENCH_BESIDE_PLAIN)
		r = check_samples(&work, &run->error);
	bench_tally_evaluate(&work.own, pair->kind->bytes, &run->own);
	bench_tally_evaluate(&work.rival, pair->kind->bytes, &run->rival);
	bench_tally_finish(&work.own);
	bench_tally_finish(&work.rival);
	dmaload_ctx_destroy(work.ctx);
	dmaload_file_close(work.file);
	bench_places_finish(&work.places);
	bench_target_destroy(&target);
	if (work.fd >= 0)
		close(work.fd);
	run->error.code = r;
	if (r == 0)
		run->error.message[0] = '\0';
}

/* Add the mean of two runs, if there are two. */
static void add_fio(const struct bench *bench, const struct bench_disk *disks,
		    struct bench_pair_run *run)
{
	double *const figures = run->rival.figures;
	const double blocks = (double)bench->random.random_bytes /
			      (double)bench->random.block;

	if (disks[0].speed <= 0 || disks[1].speed <= 0)
		return;
	snprintf(run->rival_name, sizeof(run->rival_name), "fio, %u in flight",
		 bench->random.depth);
	figures[BENCH_SPEED] = (disks[0].speed + disks[1].speed) / 2;
	figures[BENCH_CPU] = (disks[0].user + disks[0].kernel + disks[1].user +
			      disks[1].kernel) / 2 / blocks;
	run->rival.loads = 2 * (uint64_t)blocks;
}

bool bench_pair_measure(const struct bench *bench, const struct bench_pair *pair,
			struct bench_pair_run *run)
{
	const struct bench_pair_run begin = {
		.report = { .size = sizeof(run->report) },
	};
	const bool fio = pair->kind->beside == BENCH_BESIDE_FIO;
	struct bench_disk disks[2];
	struct dmaload_error err;
	bool ok;

	*run = begin;
	if (fio)
		bench_random_run(bench, &disks[0]);
	ok = bench_in_child(bench, measure, pair, run, sizeof(*run), &err);
	if (err.code < 0) {
		*run = begin;
		run->error = err;
	}
	if (fio && ok)
		bench_random_run(bench, &disks[1]);
	if (fio && ok && err.code == 0)
		add_fio(bench, disks, run);
	return ok;
}
