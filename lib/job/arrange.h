/* SPDX-License-Identifier: MIT */
/*
 * Receives: ranges that are right, each by itself.
 * Hands on: the same, sorted, with their files, buffers and priorities numbered.
 * Always:   refuses what cannot be together: two that overlap, a stream backwards.
 */
#ifndef ARRANGE_H
#define ARRANGE_H

#include <dmaload/load.h>

struct load;

/* The wants lie as the ranges do, and are sorted here. 0 or -errno. */
int arrange(struct load *load, const struct dmaload_range *ranges);

#endif
