/* SPDX-License-Identifier: MIT */
/*
 * Loads with a digest of their bytes, beside loads and digests apart: the rival's
 * time is that of the slower one, and its CPU time that of both. One of each in
 * turn, so that all meet the same disk.
 */
#include "bench_pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <dmaload-digest.h>

#include "bench.h"
#include "tool.h"

/* Bytes that are hashed at a time if nothing is loaded: as the load's pieces. */
#define PIECE BENCH_MIB

/* The three ways, with the digests of their last turn. */
struct turns {
	const char *algorithm;
	struct bench_tally hash;
	char loaded[DMALOAD_DIGEST_SIZE];
	char hashed[DMALOAD_DIGEST_SIZE];
};

static struct dmaload_transform transform_of(const struct turns *turns,
					     struct dmaload_digest *digest)
{
	const bool verity = strcmp(turns->algorithm, "fsverity") == 0;

	return (struct dmaload_transform){
		.size = sizeof(struct dmaload_transform),
		.unit = verity ? DMALOAD_DIGEST_UNIT : 0,
		.flags = DMALOAD_PIECES_COPIED |
			 (verity ? DMALOAD_PIECES_AT_ONCE : DMALOAD_PIECES_IN_ORDER),
		.function = dmaload_digest_piece,
		.data = digest,
	};
}

static int load(struct bench_pair_work *work, size_t slot, struct turns *turns,
		struct dmaload_error *err)
{
	const struct dmaload_range range = {
		.file = work->file,
		.file_offset = work->places.offsets[slot],
		.buffer = work->buffer,
		.buffer_offset = (uint64_t)slot * work->places.bytes,
		.length = work->places.bytes,
	};
	struct dmaload_options options = work->options;
	struct dmaload_digest *digest = NULL;
	struct dmaload_transform transform;
	int r = 0;

	if (turns) {
		r = dmaload_digest_create(&digest, turns->algorithm, 1, err);
		transform = transform_of(turns, digest);
		options.transform = &transform;
	}
	if (r == 0)
		r = dmaload_load(work->ctx, &range, 1, &options,
				 turns ? &work->run->report : NULL, err);
	if (r == 0 && turns)
		r = dmaload_digest_result(digest, 0, turns->loaded, err);
	dmaload_digest_destroy(digest);
	return r;
}

static int hash_all(struct dmaload_digest *digest, char *bytes, size_t length)
{
	struct dmaload_piece piece;
	size_t at;
	int r = 0;

	for (at = 0; r == 0 && at < length; at += piece.length) {
		piece = (struct dmaload_piece){
			.offset = at, .bytes = bytes + at,
			.length = length - at < PIECE ? length - at : PIECE,
		};
		r = dmaload_digest_piece(&piece, digest);
	}
	return r;
}

/* Hash what was loaded, in one thread. */
static int hash(struct bench_pair_work *work, size_t slot, struct turns *turns,
		struct dmaload_error *err)
{
	struct dmaload_digest *digest;
	int r;

	r = dmaload_digest_create(&digest, turns->algorithm, 1, err);
	if (r < 0)
		return r;
	r = dmaload_buffer_begin(work->buffer, DMALOAD_ACCESS_READ, err);
	if (r == 0) {
		/* dmaload_digest_result() has the reason of a failure. */
		hash_all(digest, work->places.memory + slot * work->places.bytes,
			 work->places.bytes);
		r = dmaload_buffer_end(work->buffer, DMALOAD_ACCESS_READ, err);
	}
	if (r == 0)
		r = dmaload_digest_result(digest, 0, turns->hashed, err);
	dmaload_digest_destroy(digest);
	return r;
}

static int measured(struct bench_pair_work *work, size_t slot, struct turns *turns,
		    struct bench_tally *tally,
		    int (*way)(struct bench_pair_work *work, size_t slot,
			       struct turns *turns, struct dmaload_error *err),
		    struct dmaload_error *err)
{
	const uint64_t begun = now_ns();
	int r;

	bench_tally_begin(tally);
	r = way(work, slot, turns, err);
	bench_tally_end(tally);
	bench_tally_add(tally, now_ns() - begun);
	return r;
}

static int load_plainly(struct bench_pair_work *work, size_t slot,
			struct turns *turns, struct dmaload_error *err)
{
	(void)turns;
	return load(work, slot, NULL, err);
}

static int turn(struct bench_pair_work *work, struct turns *turns,
		struct dmaload_error *err)
{
	const size_t slot = bench_place_hold(&work->places);
	int r;

	r = measured(work, slot, turns, &work->own, load, err);
	if (r == 0)
		r = measured(work, slot, turns, &work->rival, load_plainly, err);
	if (r == 0)
		r = measured(work, slot, turns, &turns->hash, hash, err);
	if (r == 0 && strcmp(turns->loaded, turns->hashed) != 0)
		r = explain(err, -EBADMSG, "the digest of the load is %s, that of "
			    "the buffer %s", turns->loaded, turns->hashed);
	bench_place_release(&work->places, slot);
	return r;
}

/* Make the slower of the two the rival, with the CPU time of both. */
static void choose_rival(struct bench_pair_work *work, struct bench_tally *hash)
{
	const uint64_t cpu_ns = work->rival.cpu_ns + hash->cpu_ns;
	const bool hash_is_slower = hash->busy_ns > work->rival.busy_ns;
	struct bench_tally load = work->rival;

	if (hash_is_slower) {
		work->rival = *hash;
		*hash = load;
	}
	work->rival.cpu_ns = cpu_ns;
	snprintf(work->run->rival_name, sizeof(work->run->rival_name),
		 "%s alone; CPU of load and hash", hash_is_slower ? "hash" : "load");
}

int bench_digest(struct bench_pair_work *work, struct dmaload_error *err)
{
	struct turns turns = {
		.algorithm = strchr(work->pair->kind->name, '/') + 1,
	};
	const size_t room = work->rival.room;
	unsigned i;
	int r;

	r = bench_tally_init(&turns.hash, room);
	/* The library chooses a path, and the loads are counted from then on. */
	for (i = 0; r == 0 && i < 2; i++)
		r = turn(work, &turns, err);
	work->own.count = work->rival.count = turns.hash.count = 0;
	work->own.busy_ns = work->rival.busy_ns = turns.hash.busy_ns = 0;
	work->own.cpu_ns = work->rival.cpu_ns = turns.hash.cpu_ns = 0;
	for (i = 0; r == 0 && i < work->loads; i++)
		r = turn(work, &turns, err);
	choose_rival(work, &turns.hash);
	bench_tally_finish(&turns.hash);
	return r;
}
