/* SPDX-License-Identifier: MIT */
/*
 * Receives: the caller's range and options.
 * Hands on: what every stage needs to know of the load that is under way.
 * Always:   owned by one call on its stack; borrowed by everything it calls.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/load.h>

#include "plan.h"
#include "pool.h"
#include "residency.h"

struct ring;
struct load;

struct dmaload_ctx {
	uint32_t chunk_bytes;
	uint32_t queue_depth;
	/* Kept from load to load; made by the first that bounces. */
	struct pool pool;
	atomic_flag busy;
};

/* What becomes of bytes that were not read in place. 0 or -errno. */
typedef int (*sink_fn)(struct load *load, const struct chunk *chunk,
		       const void *data);

struct load {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	struct extent range;
	struct dmaload_options options;
	struct dmaload_error *err;

	/* Verifying: compare, and never read in place. */
	bool compare;
	sink_fn sink;

	struct plan plan;
	/* Bytes of the range that are where they belong. */
	uint64_t done;
	/* The page cache before the first read. */
	struct residency before;
	/* Our reads have gone through the page cache: clean up behind them. */
	bool cached;

	/* Made at the first path that wants it; ring_error says why it was not. */
	struct ring *ring;
	int ring_error;

	/* When the first read was submitted; 0 before. */
	uint64_t started;
	struct dmaload_report report;
};

#endif
