/* SPDX-License-Identifier: MIT */
/*
 * Receives: ranges that are right, each by itself.
 * Hands on: the same, sorted, with their files, buffers and priorities numbered.
 * Always:   refuses what cannot be together: two that overlap, a stream backwards.
 */
#ifndef RANGES_H
#define RANGES_H

#include <dmaload/load.h>

struct load;

/* The wants lie as the ranges do, and are sorted here. 0 or -errno. */
int ranges_prepare(struct load *load, const struct dmaload_range *ranges);

#endif
