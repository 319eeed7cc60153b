/* SPDX-License-Identifier: MIT */
/*
 * Receives: a time in ns on CLOCK_MONOTONIC, or a duration.
 * Hands on: the same for libc.
 * Always:   at most 68 years, which a time_t of 32 bits can hold. A longer wait
 *           ends then, and the caller repeats it.
 */
#ifndef TIMESPEC_H
#define TIMESPEC_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

static inline struct timespec timespec_of(uint64_t ns)
{
	if (ns / NS_PER_SECOND > INT32_MAX)
		return (struct timespec){ .tv_sec = INT32_MAX };
	return (struct timespec){
		.tv_sec = (time_t)(ns / NS_PER_SECOND),
		.tv_nsec = (long)(ns % NS_PER_SECOND),
	};
}

#endif
