/* SPDX-License-Identifier: MIT */
/* A file over several buffers, and the tests of how it begins and ends. */
#ifndef SPREAD_LIFE_H
#define SPREAD_LIFE_H

#include "support.h"

#include <dmaload/spread.h>

#define MIB ((uint64_t)1 << 20)

struct spread {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_spread *spread;
	const struct dmaload_range *ranges;
	size_t count;
	struct dmaload_report report;
	struct dmaload_error err;
	int fds;
};

/* Open a file that nobody else reads. */
void open_all(struct spread *one, uint64_t size);
void spread_out(struct spread *one, uint64_t offset, uint64_t length,
		uint64_t most);
void close_all(struct spread *one);

/* By the dma-buf's own pages; behind the file's bytes it is as it came. */
void check_buffer(const struct dmaload_range *range);
/* The buffers follow each other in the file, without a gap; all but one are
 * full. */
void check_all(const struct spread *one, uint64_t offset, uint64_t length);

/* Run these tests. Return how many have failed. */
int spread_life(void);

#endif
