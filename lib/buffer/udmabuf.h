/* SPDX-License-Identifier: MIT */
/*
 * Receives: /dev/udmabuf, and the parameters of its module.
 * Hands on: whether this process may make a udmabuf, the maximum size, and a
 *           udmabuf.
 * Always:   a query allocates nothing.
 */
#ifndef UDMABUF_H
#define UDMABUF_H

#include <stdint.h>

#include <dmaload/error.h>

/* The pages of "udmabuf:2M", and where the kernel says how many are free. */
#define UDMABUF_HUGE_FREE \
	"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define UDMABUF_HUGE_PAGE ((uint64_t)2 << 20)

/* Open the device. Return an fd, or -errno with the cause and the remedy. */
int udmabuf_open(struct dmaload_error *err);

/* Return the maximum size of a udmabuf, in bytes; UINT64_MAX if there is none,
 * or it is unknown. */
uint64_t udmabuf_limit(void);

/* Return the bytes of reserved huge pages that are free. */
uint64_t udmabuf_huge_free(void);

/* Return -E2BIG, with the parameter and how to set it, if size exceeds the
 * limit. */
int udmabuf_check(uint64_t size, uint64_t limit, struct dmaload_error *err);

/* Make a dma-buf over the pages of a memfd of this size. Return an fd or
 * -errno. */
int udmabuf_make(int device, int memfd, uint64_t size,
		 struct dmaload_error *err);

#endif
