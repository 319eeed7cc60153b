/* SPDX-License-Identifier: MIT */
/*
 * Receives: bytes that arrived in a buffer, directly or by bounce, and when.
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
	/* The first bytes, which overlap the lap before; and when they had
	 * arrived. */
	uint64_t lead;
	uint64_t begun;
	/* In bytes per second, once enough has arrived; 0 before. */
	uint64_t rate;
};

/* NONE: too few bytes so far to measure. RUNNING: one lap each way. DONE: the
 * way is decided. */
enum benchmark_state { BENCHMARK_NONE, BENCHMARK_RUNNING, BENCHMARK_DONE };

/* Zero it before the first use. */
struct benchmark {
	enum benchmark_state state;
	/* The disk of the files: st_dev. */
	uint64_t disk;
	/* Bytes that were read directly before the benchmark. */
	uint64_t before;
	/* The way that is measured now, or was decided on. */
	enum way way;
	struct lap laps[2];
};

/* Begin a load of a number of bytes, and begin the benchmark if there are
 * enough. pool: the bytes in flight. */
void benchmark_enter(struct benchmark *benchmark, uint64_t disk, uint64_t bytes,
		     uint64_t pool);

/* Count bytes that arrived one way, at a time in ns. Return true if that ends a
 * lap: then call benchmark_next() or benchmark_decide(). */
bool benchmark_count(struct benchmark *benchmark, uint64_t disk, enum way way,
		     uint64_t bytes, uint64_t now, uint64_t pool);

/* Go on to the next lap, or to the decision. */
void benchmark_next(struct benchmark *benchmark);

/* Decide on a way, measured or not. */
void benchmark_decide(struct benchmark *benchmark, enum way way);

/* Count bytes of a lap that arrived at a time, in ns. Skip the first lead bytes
 * and measure up to enough. Return true if the rate is known from now on. */
bool lap_count(struct lap *lap, uint64_t bytes, uint64_t now, uint64_t lead,
	       uint64_t enough);

#endif
