/* SPDX-License-Identifier: MIT */
/*
 * Parts of one dma-buf, which jobs of several contexts load, compare and store. A
 * seed chooses what each job does.
 */
#ifndef LANES_H
#define LANES_H

#include "scene.h"

#define LANES_CONTEXTS 3
#define LANES_MAX 12
#define LANE_BYTES 8192u
/* Jobs of a lane that store to places of their own. */
#define LANE_JOBS 6

extern struct lanes {
	struct scene scene;
	/* The first one is the scene's. */
	struct dmaload_ctx *contexts[LANES_CONTEXTS];
} lanes;

/* A part of the dma-buf: its expected bytes, and the operation that is under
 * way. */
struct lane {
	unsigned number;
	/* Where its bytes come from; UINT64_MAX: nowhere yet. */
	uint64_t from;
	struct dmaload_job *job;
	enum dmaload_operation operation;
	uint64_t next;
};

void lanes_make(uint64_t seed);
/* Check that all slots are free, and drop the contexts. */
void lanes_drop(void);

/* Return the lane's place in the file that is stored to, for job number n. */
uint64_t lane_out(const struct lane *lane, unsigned n);
/* Draw the next operation. Compare or store only bytes that were loaded. */
struct dmaload_range lane_draw(struct lane *lane, unsigned n);
/* Draw whether the next job is urgent. */
struct dmaload_options lane_options(void);
/* Check the lane's bytes, and after a store those of job number n in the file. */
void lane_check(const struct lane *lane, unsigned n);

#endif
