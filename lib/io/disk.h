/* SPDX-License-Identifier: MIT */
/*
 * Receives: the number of a disk.
 * Hands on: the requests that it accepts.
 * Always:   an unknown limit is 0, and not an error.
 */
#ifndef DISK_H
#define DISK_H

#include <stdint.h>

struct disk_limits {
	/* The longest request, and the optimal length, in bytes. */
	uint64_t request_max;
	uint64_t request_best;
	/* The maximum of segments in one request, and of requests at a time. */
	uint32_t segments_max;
	uint32_t requests_max;
};

/* Query the limits of the disk with this st_dev of a file, or st_rdev of a
 * device node. */
struct disk_limits disk_limits(uint64_t dev);

#endif
