/* SPDX-License-Identifier: MIT */
/*
 * Receives: the caller's ranges.
 * Hands on: the same, checked and sorted, with their files, buffers and priorities
 *           numbered.
 * Always:   refuses ranges that exclude each other: two that overlap, a stream
 *           backwards.
 */
#ifndef RANGES_H
#define RANGES_H

#include <dmaload/load.h>

struct load;
struct request_range;

/* Check one range by itself. Return 0 or -errno. */
int range_check(struct load *load, const struct dmaload_range *range,
		struct request_range *request_range);

/* Number and sort the ranges of a request. Return 0 or -errno. */
int ranges_prepare(struct load *load, const struct dmaload_range *ranges);
/* For ranges.c: make the claims on each buffer and file. Return 0, -ENOMEM, or
 * -EINVAL if two ranges are loaded, or stored, to the same bytes. */
int ranges_make_claims(struct load *load);

#endif
