/* SPDX-License-Identifier: MIT */
/*
 * A thread of test_swarm.c, and its lanes. A lane is a part of a buffer, and of
 * a file for stores. It has one job at a time, so its bytes are known.
 */
#ifndef SWARM_H
#define SWARM_H

#include "expect.h"
#include "jobs.h"

#define LANES 8
#define KIB ((uint64_t)1 << 10)
/* Room for one MiB at any offset. */
#define LANE_BYTES (MIB + 8 * KIB)
/* After this number of rounds, wait for all jobs and check all bytes. */
#define QUIET 64

#define UNKNOWN UINT64_MAX

/* A part of a buffer, and of a file for stores. */
struct lane {
	struct dmaload_buffer *buffer;
	uint64_t place;
	/* The bytes there: those of the file from an offset on, or UNKNOWN. */
	uint64_t at, length, from;

	struct dmaload_job *job;
	enum dmaload_operation operation;
	uint64_t next;
	bool canceled, late;
};

struct swarm {
	pthread_t thread;
	struct dmaload_ctx *const *ctx;
	struct dmaload_file *file;
	unsigned number, rounds;
	uint64_t drawn;
	/* The second buffer is the thread's own memory. */
	struct dmaload_buffer *buffers[2];
	void *memory;
	struct dmaload_file *out;
	int fd;
	struct lane lanes[LANES];
	unsigned done, stopped;
	struct wrong wrong;
	struct dmaload_error err;
};

uint64_t swarm_draw(struct swarm *swarm, uint64_t below);
/* Submit a job: a load or, if the lane's bytes are known, a comparison or a
 * store. */
void swarm_submit(struct swarm *swarm, struct lane *lane);
/* Check and note the result of the lane's job. */
void swarm_note_end(struct swarm *swarm, struct lane *lane, int result);
/* Wait for the lane's job, if there is one; or cancel or destroy it in
 * flight. */
void swarm_finish(struct swarm *swarm, struct lane *lane);
/* Finish all jobs, and compare all known bytes. */
void swarm_expect_all(struct swarm *swarm);

#endif
