/* SPDX-License-Identifier: MIT */
/*
 * One of the threads of test_storm.c, what it draws by lot, and what has to
 * hold whatever it was. A failure is noted: cmocka wants its own thread.
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
	/* To store to, and an fd by which that is checked. */
	struct dmaload_file *out;
	int fd;
	/* The request that is in hand. */
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
/* Some ranges, each in its own MiB of a buffer: the thread's own, or one of all,
 * in which every byte has one place, so that whoever loads it is right. */
void draw_ranges(struct storm *storm, bool own);

/* How what was drawn may end. */
void expect_result(struct storm *storm, int r);
/* The bytes of a range, or of all, are in the thread's own buffer. */
bool is_loaded(const struct storm *storm, size_t i);
void expect_all_loaded(struct storm *storm);
void expect_progress(struct storm *storm, struct dmaload_job *job,
		     uint64_t *done);
/* All that is told by now: each range once, by priorities, and it is there. */
void take_told(struct storm *storm, struct dmaload_job *job, bool own,
	       unsigned *told, uint32_t *priority);

#endif
