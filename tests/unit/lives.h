/* SPDX-License-Identifier: MIT */
/* Whole lives: from opening all to closing it, with a load or a store in between. */
#ifndef LIVES_H
#define LIVES_H

#include "scene.h"

struct world {
	/* Two files, and a third that a store makes; a stream. */
	struct fake_node *nodes[2];
	struct fake_node *stream;
	int stream_fd;

	struct dmaload_ctx *ctx;
	struct dmaload_file *files[3];
	struct dmaload_buffer *buffers[2];
	struct dmaload_job *job;
	struct dmaload_options options;
	struct dmaload_error err;
};

struct life {
	int (*live)(struct world *world);
	const char *source;
	uint32_t paths;
	bool pfnmap;
	bool direct_refused;
	bool reads_pin;
	bool cached;
	bool no_cachestat;
	bool no_allocate;
};

/* A fresh kernel with what such a life needs. */
void world_make(struct world *world, const struct life *life);

/* 0, and then what was to be done is done and was checked; or the first failure.
 * Nothing is left over. */
int world_live(struct world *world, const struct life *life);

/* Several ranges with two priorities, from two files into two buffers; the same
 * as a job; a store, and the comparison with it; a stream of known length, and
 * one that grows. */
int live_many(struct world *world);
int live_job(struct world *world);
int live_store(struct world *world);
int live_stream(struct world *world);
int live_growth(struct world *world);

#endif
