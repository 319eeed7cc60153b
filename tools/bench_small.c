/* SPDX-License-Identifier: MIT */
/*
 * One load after the other, by blocking calls, beside a program without the
 * library. It uses pread(2) with O_DIRECT into its own memory, and memcpy(3) to
 * the same place. A few loads of one side, then a few of the other, so that
 * both meet the same disk.
 */
#include "bench_pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tool.h"

/* After this number of bytes the library decides between direct and bounce
 * (dmaload_report::rate_direct), with some reserve. */
#define TRIED (192u << 20)
/* Shorter loads decide nothing. */
#define TRIED_MIN (256u << 10)

#define HUGE_PAGE ((size_t)2 << 20)

int bench_pair_load(struct bench_pair_work *work, struct bench_tally *tally,
		    uint32_t flags, struct dmaload_error *err)
{
	struct bench_places *places = &work->places;
	const size_t slot = bench_place_hold(places);
	const struct dmaload_range range = {
		.file = work->file,
		.file_offset = places->offsets[slot],
		.buffer = work->buffer,
		.buffer_offset = (uint64_t)slot * places->bytes,
		.length = places->bytes,
	};
	struct dmaload_options options = work->options;
	uint64_t begun;
	int r;

	options.flags = flags;
	begun = now_ns();
	r = dmaload_load(work->ctx, &range, 1, &options,
			 tally ? NULL : &work->run->report, err);
	if (tally)
		bench_tally_add(tally, now_ns() - begun);
	bench_place_release(places, slot);
	return r;
}

/* A device may use other parts of the buffer, so each copy has a bracket, as
 * each load has. */
static int read_and_copy(struct bench_pair_work *work, void *memory, size_t slot,
			 struct dmaload_error *err)
{
	const struct bench_places *places = &work->places;
	ssize_t n;
	int r;

	r = dmaload_buffer_begin(work->buffer, DMALOAD_ACCESS_WRITE, err);
	if (r < 0)
		return r;
	n = pread(work->fd, memory, places->bytes, (off_t)places->offsets[slot]);
	if (n < 0)
		r = explain(err, -errno, "pread: %s", strerror(errno));
	else if (n < (ssize_t)places->bytes)
		r = explain(err, -ENODATA, "pread: the file was truncated");
	else
		memcpy(places->memory + slot * places->bytes, memory,
		       places->bytes);
	if (dmaload_buffer_end(work->buffer, DMALOAD_ACCESS_WRITE,
			       r < 0 ? NULL : err) < 0 && r == 0)
		r = err->code;
	return r;
}

static int rival(struct bench_pair_work *work, struct bench_tally *tally,
		 void *memory, struct dmaload_error *err)
{
	const size_t slot = bench_place_hold(&work->places);
	const uint64_t begun = now_ns();
	const int r = read_and_copy(work, memory, slot, err);

	if (tally)
		bench_tally_add(tally, now_ns() - begun);
	bench_place_release(&work->places, slot);
	return r;
}

static int turns(struct bench_pair_work *work, void *memory,
		 struct dmaload_error *err)
{
	unsigned done, i;
	int r = 0;

	for (done = 0; r == 0 && done < work->loads;
	     done += work->batch) {
		bench_tally_begin(&work->own);
		for (i = 0; r == 0 && i < work->batch; i++)
			r = bench_pair_load(work, &work->own, 0, err);
		bench_tally_end(&work->own);
		bench_tally_begin(&work->rival);
		for (i = 0; r == 0 && i < work->batch; i++)
			r = rival(work, &work->rival, memory, err);
		bench_tally_end(&work->rival);
	}
	return r;
}

int bench_small(struct bench_pair_work *work, struct dmaload_error *err)
{
	void *memory = bench_own_memory(HUGE_PAGE);
	unsigned i, warm = work->batch;
	int r = 0;

	if (!memory)
		return explain(err, -ENOMEM, "no memory");
	snprintf(work->run->rival_name, sizeof(work->run->rival_name), "pread");
	/* The first loads also make the pool, and find out whether direct or
	 * bounce is faster. */
	if (work->places.bytes >= TRIED_MIN && warm < TRIED / work->places.bytes)
		warm = TRIED / work->places.bytes;
	for (i = 0; r == 0 && i < warm; i++) {
		r = bench_pair_load(work, NULL, 0, err);
		if (r == 0)
			r = rival(work, NULL, memory, err);
	}
	if (r == 0)
		r = turns(work, memory, err);
	free(memory);
	return r;
}
