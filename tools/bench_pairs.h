/* SPDX-License-Identifier: MIT */
/*
 * Receives: the request of "dmaload bench".
 * Hands on: latencies, CPU time and speeds of both sides, and their ratios.
 * Always:   both sides take turns in one process, or are neighbors in one
 *           round. So a ratio compares the same disk and the same memory.
 *
 * A pair: many loads by one context, beside a rival that moves as much.
 */
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload.h>

#include "bench_data.h"

struct json_object;

/* How the loads of a pair follow each other. */
enum bench_way {
	/* One after the other, by blocking calls. */
	BENCH_SMALL,
	/* Several in flight; when one ends, the next is submitted. */
	BENCH_QUEUED,
	/* One after the other, while a large load runs in the same context. */
	BENCH_URGENT,
	/* One after the other, with a transform that does nothing. */
	BENCH_EMPTY,
	/* The same, with a transform that repacks Q4_0. */
	BENCH_REPACK,
	/* The same, with a digest of the bytes. */
	BENCH_DIGEST,
};

enum bench_beside {
	/* pread(2) with O_DIRECT into memory of its own, and memcpy(3). */
	BENCH_BESIDE_PREAD,
	/* io_uring alone, as many in flight, into the same memory. */
	BENCH_BESIDE_URING,
	/* fio, at its best depth, in the same round. */
	BENCH_BESIDE_FIO,
	/* The same loads, while nothing else runs. */
	BENCH_BESIDE_ALONE,
	/* The same loads without a transform, and a second pass if it repacks. */
	BENCH_BESIDE_PLAIN,
	/* The slower of load and digest, each alone. */
	BENCH_BESIDE_PARTS,
};

struct bench_kind {
	const char *name;
	enum bench_way way;
	enum bench_beside beside;
	/* Bytes of one load. */
	uint32_t bytes;
	/* Loads in flight. */
	unsigned depth;
	/* Loads of a measurement, and how many of these before it is the
	 * rival's turn. */
	unsigned loads;
	unsigned batch;
	/* As in struct dmaload_options. */
	uint32_t paths;
	uint32_t cache;
};

struct bench_pair {
	/* small/4K/memfd */
	char name[192];
	const struct bench_kind *kind;
	char source[BENCH_SOURCE_SIZE];
};

enum bench_figure {
	/* Seconds: the median, and what 99 of 100 loads do not exceed. */
	BENCH_LATENCY,
	BENCH_P99,
	/* CPU seconds of a load, of all threads, in user space and in the
	 * kernel. */
	BENCH_CPU,
	/* Bytes per second. */
	BENCH_SPEED,
	BENCH_FIGURES,
};

/* One side of a measurement. A figure of 0 was not measured. */
struct bench_side {
	uint64_t loads;
	double figures[BENCH_FIGURES];
};

/* One measurement. */
struct bench_pair_run {
	/* 0, or -errno and the reason. */
	struct dmaload_error error;
	struct bench_side own;
	struct bench_side rival;
	char rival_name[96];
	/* BENCH_URGENT only: bytes that the large load had in flight, and bytes
	 * per second that came from the disk meanwhile. */
	uint64_t ahead;
	double rate;
	/* The last load before the time counts. */
	struct dmaload_report report;
};

/* A pair over the rounds. */
struct bench_pair_summary {
	/* Rounds that count, and that failed. */
	size_t count;
	size_t failed;
	struct bench_statistics own[BENCH_FIGURES];
	struct bench_statistics rival[BENCH_FIGURES];
	/* own / rival in each round. */
	struct bench_statistics ratio[BENCH_FIGURES];
	struct bench_statistics ahead;
	struct bench_statistics rate;
	/* The first that did not fail, or NULL. */
	const struct bench_pair_run *run;
};

/* Add the pairs of one source, or why they are left out. Return 0 or
 * -ENOMEM. */
int bench_pairs_find(struct bench *bench, const char *source);
/* Compute the size of the buffer. */
uint64_t bench_pair_bytes(const struct bench *bench, const struct bench_kind *kind);
/* Measure a pair. Return false after a signal. */
bool bench_pair_measure(const struct bench *bench, const struct bench_pair *pair,
			struct bench_pair_run *run);
void bench_pair_summary(const struct bench *bench, size_t i,
			struct bench_pair_summary *summary);
/* Print nothing if there are none. */
void bench_pairs_print(const struct bench *bench);
/* Return the medians over the rounds, and those of round n. The caller owns the
 * array. */
struct json_object *bench_pairs_summaries(const struct bench *bench);
struct json_object *bench_pairs_runs(const struct bench *bench, size_t n);

/* The latencies of one side, and what it used. */
struct bench_tally {
	uint64_t *ns;
	size_t count;
	size_t room;
	/* The sums of all its turns. */
	uint64_t busy_ns;
	uint64_t cpu_ns;
	/* The beginning of the current turn. */
	uint64_t begun_ns;
	uint64_t begun_cpu_ns;
};

/* Return 0 or -ENOMEM. */
int bench_tally_init(struct bench_tally *tally, size_t room);
void bench_tally_finish(struct bench_tally *tally);
void bench_tally_begin(struct bench_tally *tally);
void bench_tally_end(struct bench_tally *tally);
void bench_tally_add(struct bench_tally *tally, uint64_t ns);
/* Compute all figures from the latencies of loads of a number of bytes. Sorts
 * them. */
void bench_tally_evaluate(struct bench_tally *tally, uint32_t bytes,
			  struct bench_side *side);

/*
 * Where loads go: blocks of the file, in random order, into slots of the
 * memory, in turn. Both sides use the same. A slot is held from the submission
 * of a load until its end.
 */
struct bench_places {
	char *memory;
	uint32_t bytes;
	uint64_t blocks;
	size_t slots;
	/* The next slot to try. */
	size_t next;
	unsigned short random[3];
	/* The file offset that each slot was last loaded from, or
	 * DMALOAD_UNKNOWN. */
	uint64_t *offsets;
	bool *held;
};

/* Return 0 or -ENOMEM. */
int bench_places_init(struct bench_places *places, void *memory,
		      uint64_t memory_bytes, uint32_t bytes, uint64_t file_bytes);
void bench_places_finish(struct bench_places *places);
/* Choose a block and a free slot, which must exist. Return the slot; the block
 * is in offsets. */
size_t bench_place_hold(struct bench_places *places);
void bench_place_release(struct bench_places *places, size_t slot);

/* Everything that a measurement holds. */
struct bench_pair_work {
	const struct bench *bench;
	const struct bench_pair *pair;
	struct bench_pair_run *run;
	struct dmaload_buffer *buffer;
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	/* FILE with O_DIRECT, for a rival. */
	int fd;
	struct bench_places places;
	struct dmaload_options options;
	/* As the kind has it, but limited by the size of the file. */
	unsigned loads;
	unsigned batch;
	unsigned depth;
	struct bench_tally own;
	struct bench_tally rival;
};

/* Load into a slot by a blocking call. Without a tally its report is kept. */
int bench_pair_load(struct bench_pair_work *work, struct bench_tally *tally,
		    uint32_t flags, struct dmaload_error *err);

int bench_small(struct bench_pair_work *work, struct dmaload_error *err);
int bench_queued(struct bench_pair_work *work, struct dmaload_error *err);
int bench_urgent(struct bench_pair_work *work, struct dmaload_error *err);
int bench_transform(struct bench_pair_work *work, struct dmaload_error *err);
int bench_digest(struct bench_pair_work *work, struct dmaload_error *err);

/* io_uring alone, beside bench_queued(). Its ring and memory last as long as
 * the measurement. */
struct bench_ring;
int bench_ring_create(struct bench_ring **out, struct bench_pair_work *work,
		      struct dmaload_error *err);
void bench_ring_destroy(struct bench_ring *ring);
/* Do a number of reads; tally may be NULL. */
int bench_ring_turn(struct bench_ring *ring, struct bench_tally *tally,
		    unsigned count, struct dmaload_error *err);

#endif
