/* SPDX-License-Identifier: MIT */
/** @file The dma-heaps of this machine. */
#ifndef DMALOAD_HEAP_H
#define DMALOAD_HEAP_H

#include <stddef.h>

#include <dmaload/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The dma-heaps of this machine: the character devices under /dev/dma_heap
 * (Linux 5.6 and later, CONFIG_DMABUF_HEAPS), sorted by name. On most systems they
 * belong to root. A snapshot: it does not follow later changes. Opaque.
 */
struct dmaload_heaps;

/**
 * List the heaps and try each one's permission by opening its node for
 * reading. Allocates nothing from them.
 *
 * A machine without /dev/dma_heap has an empty list, which is a success.
 *
 * @param out  receives the list; free it with dmaload_heaps_destroy()
 * @param err  receives the reason of a failure, or NULL
 * @return 0; -ENOMEM; or the error of reading the directory, -EACCES for
 *         example
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_heaps_create(struct dmaload_heaps **out,
				     struct dmaload_error *err);

/** Free a list and all strings got from it. NULL is ignored. Since: 0.1 */
DMALOAD_API void dmaload_heaps_destroy(struct dmaload_heaps *heaps);

/** The number of heaps in the list. Since: 0.1 */
DMALOAD_API size_t dmaload_heaps_count(const struct dmaload_heaps *heaps);

/**
 * The name of heap number i: its node's name under /dev/dma_heap, "system" for
 * example. Owned by the list; NULL if i is not below the count.
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_heaps_name(const struct dmaload_heaps *heaps,
					   size_t i);

/**
 * 0 if this process may allocate from heap number i, else the negative errno
 * value of opening its node, -EACCES usually; -EINVAL if i is not below the
 * count.
 *
 * Since: 0.1
 */
DMALOAD_API int dmaload_heaps_access(const struct dmaload_heaps *heaps,
				     size_t i);

/**
 * How to get access to heap number i: a sentence that names the node, its
 * owner, group and mode, and what to change. Usually a rule of udev is missing: the
 * remedy has one, see FILES in dmaload(1). Empty if access is 0. Owned by the list;
 * NULL if i is not below the count.
 *
 * Since: 0.1
 */
DMALOAD_API const char *dmaload_heaps_remedy(const struct dmaload_heaps *heaps,
					     size_t i);

#ifdef __cplusplus
}
#endif

#endif
