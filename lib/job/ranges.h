/* SPDX-License-Identifier: MIT */
/*
 * Receives: ranges, each of which is valid.
 * Hands on: the same, sorted, with their files, buffers and priorities
 *           numbered.
 * Always:   refuses ranges that exclude each other: two that overlap, a stream
 *           backwards.
 */
#ifndef RANGES_H
#define RANGES_H

#include <dmaload/load.h>

struct load;

/* Number and sort the ranges of a request. Return 0 or -errno. */
int ranges_prepare(struct load *load, const struct dmaload_range *ranges);
/* For ranges.c: make the claims on each buffer and file. Return 0, -ENOMEM, or
 * -EINVAL if two ranges are loaded, or stored, to the same bytes. */
int ranges_make_claims(struct load *load);

#endif
