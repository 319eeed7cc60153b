/* SPDX-License-Identifier: MIT */
/*
 * Receives: /dev/udmabuf, and the parameters of its module.
 * Hands on: whether this process may make a udmabuf, how large one, and one.
 * Always:   asking allocates nothing.
 */
#ifndef UDMABUF_H
#define UDMABUF_H

#include <stdint.h>

#include <dmaload/error.h>

/* The pages of "udmabuf:2M", and where the kernel says how many are free. */
#define UDMABUF_HUGE_FREE \
	"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define UDMABUF_HUGE_PAGE ((uint64_t)2 << 20)

/* An fd of the device or -errno; a refusal is explained with its remedy. */
int udmabuf_open(struct dmaload_error *err);

/* The largest udmabuf, in bytes; UINT64_MAX if it is not known. */
uint64_t udmabuf_limit(void);

/* The bytes of reserved huge pages that are free. */
uint64_t udmabuf_huge_free(void);

/* -E2BIG if size is more than the limit; names the parameter and how to set it. */
int udmabuf_check(uint64_t size, uint64_t limit, struct dmaload_error *err);

/* A dma-buf over the pages of a memfd of this size: an fd or -errno. */
int udmabuf_make(int device, int memfd, uint64_t size,
		 struct dmaload_error *err);

#endif
