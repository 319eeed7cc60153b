/* SPDX-License-Identifier: MIT */
/*
 * Loads with a transform, beside loads without. One of each in turn, so that
 * both meet the same disk. The file's bytes are taken for rows of 4096 weights
 * in Q4_0, and repacked by the arithmetic of examples/repack.c.
 */
#include "bench_pairs.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../examples/quants.h"
#include "bench.h"
#include "tool.h"

/* A row, and a group of 8 of these. */
#define ROW_BLOCKS (4096 / Q4_0_WEIGHTS)
#define GROUP (ROW_BLOCKS * Q4_0X8_BYTES)
/* After this number of bytes the library has chosen a path, with some
 * reserve. */
#define TRIED (192u << 20)

/* The destination of a load. Several threads may repack. */
struct tensor {
	unsigned char *to;
	atomic_size_t taken;
};

static int take(const struct dmaload_piece *piece, void *data)
{
	struct tensor *tensor = data;

	atomic_fetch_add(&tensor->taken, piece->length);
	return 0;
}

static int repack(const struct dmaload_piece *piece, void *data)
{
	struct tensor *tensor = data;

	quants_repack_groups(tensor->to + piece->offset, piece->bytes,
			     piece->length / GROUP, ROW_BLOCKS);
	atomic_fetch_add(&tensor->taken, piece->length);
	return 0;
}

/* In place, by a group aside: without a second buffer, and with the fewest
 * bytes through the memory. */
static int repack_again(struct bench_pair_work *work, unsigned char *tensor,
			struct dmaload_error *err)
{
	const uint32_t access = DMALOAD_ACCESS_READ | DMALOAD_ACCESS_WRITE;
	static unsigned char group[GROUP];
	uint32_t at;
	int r;

	r = dmaload_buffer_begin(work->buffer, access, err);
	if (r < 0)
		return r;
	for (at = 0; at < work->places.bytes; at += GROUP) {
		memcpy(group, tensor + at, GROUP);
		quants_repack_groups(tensor + at, group, 1, ROW_BLOCKS);
	}
	return dmaload_buffer_end(work->buffer, access, err);
}

/* Load into a slot, with a function or without. */
static int load(struct bench_pair_work *work, dmaload_transform_fn function,
		size_t slot, struct dmaload_report *report,
		struct dmaload_error *err)
{
	const struct bench_places *places = &work->places;
	struct tensor tensor = {
		.to = (unsigned char *)places->memory + slot * places->bytes,
	};
	const struct dmaload_transform transform = {
		.size = sizeof(transform), .unit = GROUP, .function = function,
		.flags = function == repack ? DMALOAD_PIECES_AT_ONCE : 0,
		.data = &tensor,
	};
	const struct dmaload_range range = {
		.file = work->file,
		.file_offset = places->offsets[slot],
		.buffer = work->buffer,
		.buffer_offset = (uint64_t)slot * places->bytes,
		.length = places->bytes,
		.buffer_length = function ? places->bytes : 0,
	};
	struct dmaload_options options = work->options;
	int r;

	if (function)
		options.transform = &transform;
	r = dmaload_load(work->ctx, &range, 1, &options, report, err);
	if (r == 0 && function && tensor.taken != places->bytes)
		r = explain(err, -EBADMSG, "the transform got %zu bytes of %u",
			    atomic_load(&tensor.taken), places->bytes);
	return r;
}

/* Compare the last group of a repacked tensor with the file. This reads the
 * page cache, so it is not measured. */
static int check(const struct bench_pair_work *work, size_t slot,
		 struct dmaload_error *err)
{
	const struct bench_places *places = &work->places;
	const uint32_t last = places->bytes - GROUP;
	static unsigned char group[GROUP], expected[GROUP];
	bool same;
	int r;

	if (pread(work->bench->fd, group, GROUP, (off_t)(places->offsets[slot] +
							 last)) != (ssize_t)GROUP)
		return explain(err, -ENODATA, "pread: the file was truncated");
	quants_repack_groups(expected, group, 1, ROW_BLOCKS);
	r = dmaload_buffer_begin(work->buffer, DMALOAD_ACCESS_READ, err);
	if (r < 0)
		return r;
	same = memcmp(places->memory + slot * places->bytes + last, expected,
		      GROUP) == 0;
	r = dmaload_buffer_end(work->buffer, DMALOAD_ACCESS_READ, err);
	if (r == 0 && !same)
		r = explain(err, -EBADMSG, "the tensor is not repacked rightly");
	return r;
}

/* One load of a side; tally is NULL before the time counts, and the report is
 * kept then. */
static int turn(struct bench_pair_work *work, bool own, struct bench_tally *tally,
		struct dmaload_error *err)
{
	const bool empty = work->pair->kind->way == BENCH_EMPTY;
	const size_t slot = bench_place_hold(&work->places);
	char *const tensor = work->places.memory + slot * work->places.bytes;
	const uint64_t begun = now_ns();
	int r;

	r = load(work, !own ? NULL : empty ? take : repack, slot,
		 own && !tally ? &work->run->report : NULL, err);
	if (r == 0 && !own && !empty)
		r = repack_again(work, (unsigned char *)tensor, err);
	if (tally)
		bench_tally_add(tally, now_ns() - begun);
	else if (r == 0 && !empty)
		r = check(work, slot, err);
	bench_place_release(&work->places, slot);
	return r;
}

int bench_transform(struct bench_pair_work *work, struct dmaload_error *err)
{
	const bool empty = work->pair->kind->way == BENCH_EMPTY;
	unsigned i;
	int r = 0;

	snprintf(work->run->rival_name, sizeof(work->run->rival_name), "%s",
		 empty ? "bounce" : "load, then repack");
	for (i = 0; r == 0 && i <= TRIED / work->places.bytes; i++) {
		r = turn(work, true, NULL, err);
		if (r == 0)
			r = turn(work, false, NULL, err);
	}
	for (i = 0; r == 0 && i < work->loads; i++) {
		bench_tally_begin(&work->own);
		r = turn(work, true, &work->own, err);
		bench_tally_end(&work->own);
		if (r < 0)
			break;
		bench_tally_begin(&work->rival);
		r = turn(work, false, &work->rival, err);
		bench_tally_end(&work->rival);
	}
	return r;
}
