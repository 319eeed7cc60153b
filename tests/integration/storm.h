/* SPDX-License-Identifier: MIT */
/*
 * A thread of test_storm.c: what it draws, and what must hold in each case.
 * Failures are noted, because cmocka works only in the main thread.
 */
#ifndef STORM_H
#define STORM_H

#include "expect.h"
#include "jobs.h"

#define RANGES 4
#define BUFFER_BYTES (RANGES * MIB)

struct world {
	struct dmaload_ctx *ctx[2];
	struct dmaload_file *file[2];
	struct dmaload_buffer *shared[2];
};

struct storm {
	pthread_t thread;
	const struct world *world;
	unsigned number, rounds;
	uint64_t drawn;
	struct dmaload_buffer *own;
	/* A file for stores, and an fd to check them. */
	struct dmaload_file *out;
	int fd;
	/* The current request. */
	struct dmaload_range ranges[RANGES];
	size_t count;
	bool canceled, late;
	struct wrong wrong;
	struct dmaload_error err;
	unsigned done, busy, stopped;
};

void world_open(struct world *world);
void world_close(struct world *world);

uint64_t draw(struct storm *storm, uint64_t below);
struct dmaload_ctx *draw_ctx(struct storm *storm);
struct dmaload_options draw_options(struct storm *storm);
/* Draw ranges, each in its own MiB of a buffer: the thread's own, or a shared
 * one. In a shared buffer, all threads put a byte of the file in the same
 * place. */
void draw_ranges(struct storm *storm, bool own);

/* Check a result against what was drawn. */
void expect_result(struct storm *storm, int r);
/* Return true if the bytes of a range, or of all, are in the thread's own
 * buffer. */
bool is_loaded(const struct storm *storm, size_t i);
void expect_all_loaded(struct storm *storm);
void expect_progress(struct storm *storm, struct dmaload_job *job,
		     uint64_t *done);
/* Take the ranges that are reported by now: each once, in the order of
 * priorities, and loaded. */
void take_told(struct storm *storm, struct dmaload_job *job, bool own,
	       unsigned *told, uint32_t *priority);

#endif
