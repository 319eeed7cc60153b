/* SPDX-License-Identifier: MIT */
/*
 * Receives: bytes that arrived in a buffer, in its own pages or by bounce, and when.
 * Hands on: the faster one of the two ways, for all loads from the same disk.
 * Always:   plain arithmetic, no lock: the caller has one.
 */
#ifndef BENCHMARK_H
#define BENCHMARK_H

#include <stdbool.h>
#include <stdint.h>

enum way { WAY_DIRECT, WAY_BOUNCE };

/* Bytes that were read one way, in order. */
struct lap {
	uint64_t arrived;
	/* The first part, which overlaps what was before; and when it had arrived. */
	uint64_t lead;
	uint64_t begun;
	/* In bytes per second, once enough has arrived; 0 before. */
	uint64_t rate;
};

/* NONE: the buffer was not worth a trial yet. TRIAL: one lap each way. KNOWN: the way is
 * decided. */
enum benchmark_state { BENCHMARK_NONE, BENCHMARK_RUNNING, BENCHMARK_DONE };

/* Zeroed to begin with. */
struct benchmark {
	enum benchmark_state state;
	/* The disk of the files: st_dev. */
	uint64_t disk;
	/* Bytes that were read into the buffer's own pages before a trial. */
	uint64_t before;
	/* The one that is measured at the moment, or was decided on. */
	enum way way;
	struct lap laps[2];
};

/* A load of so many bytes begins, with so many in flight: begin a trial if that is worth
 * while. */
void benchmark_enter(struct benchmark *benchmark, uint64_t disk, uint64_t bytes,
		     uint64_t pool);

/* Bytes have arrived one way, at a time in ns. True if that ends a lap: then comes
 * benchmark_next() or benchmark_decide(). */
bool benchmark_count(struct benchmark *benchmark, uint64_t disk, enum way way,
		     uint64_t bytes, uint64_t now, uint64_t pool);

/* On to the next lap, or to the decision. */
void benchmark_next(struct benchmark *benchmark);

/* This way it is, measured or not. */
void benchmark_decide(struct benchmark *benchmark, enum way way);

/* For a lap: count bytes that arrived at a time, in ns, to measure those after the first
 * lead up to as many as enough. True if the rate is known from now on. */
bool lap_count(struct lap *lap, uint64_t bytes, uint64_t now, uint64_t lead,
	       uint64_t enough);

#endif
