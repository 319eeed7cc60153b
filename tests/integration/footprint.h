/* SPDX-License-Identifier: MIT */
/* The fds and the memory of this process. */
#ifndef FOOTPRINT_H
#define FOOTPRINT_H

#include <dmaload.h>

struct footprint {
	long fds;
	/* In KiB. */
	long memory, pinned, locked;
};

/* Trim the context first. What it keeps depends on how many threads have made
 * their ring by now, and on which ring has the pool registered. */
struct footprint footprint_measure(struct dmaload_ctx *ctx);
/* Check that nothing was added since then, but for a little memory. */
void footprint_expect_flat(struct dmaload_ctx *ctx, struct footprint warm);

#endif
