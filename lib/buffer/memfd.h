/* SPDX-License-Identifier: MIT */
/*
 * Receives: a size.
 * Hands on: shared memory of that size, as an fd.
 * Always:   sealed: it has one size for life, as a dma-buf has.
 */
#ifndef MEMFD_H
#define MEMFD_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

/* An fd or -errno; flags: MFD_HUGETLB and the like, or 0. */
int memfd_make(uint64_t size, unsigned flags, struct dmaload_error *err);

#endif
