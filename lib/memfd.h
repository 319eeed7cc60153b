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

/*
 * Have all pages of a part of a mapping, which begins at a page. 0, or -ENOMEM
 * where they are not to be had, or -EINVAL where the kernel, before 5.14, does not
 * know the request.
 */
int memfd_populate(void *map, size_t length);

#endif
