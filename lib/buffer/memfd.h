/* SPDX-License-Identifier: MIT */
/*
 * Receives: a size.
 * Hands on: shared memory of that size, as an fd.
 * Always:   sealed, so it has one size for life, as a dma-buf has.
 */
#ifndef MEMFD_H
#define MEMFD_H

#include <stddef.h>
#include <stdint.h>

#include <dmaload/error.h>

/* Create a memfd. flags: 0, or MFD_HUGETLB and the like. Return an fd or
 * -errno. */
int memfd_make(uint64_t size, unsigned flags, struct dmaload_error *err);

#endif
