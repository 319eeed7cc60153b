/* SPDX-License-Identifier: MIT */
/*
 * Receives: the number of a disk.
 * Hands on: which requests it takes.
 * Always:   what cannot be learned is 0, and no error.
 */
#ifndef DISK_H
#define DISK_H

#include <stdint.h>

struct disk_limits {
	/* The longest request, and the length that suits it best, in bytes. */
	uint64_t request_max;
	uint64_t request_best;
	/* Parts of memory in one request, and requests at a time. */
	uint32_t segments_max;
	uint32_t requests_max;
};

/* st_dev of its files, or st_rdev of its own node. */
struct disk_limits disk_limits(uint64_t dev);

#endif
