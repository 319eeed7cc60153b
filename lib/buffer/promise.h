/* SPDX-License-Identifier: MIT */
/*
 * Receives: memory that a buffer was granted.
 * Hands on: how much of it, over all buffers of the process, is not populated
 *           yet.
 * Always:   each byte counts until its page is populated, or never will be.
 */
#ifndef PROMISE_H
#define PROMISE_H

#include <stdint.h>

/*
 * The bytes that will still be used: of MemAvailable, and of the process's
 * memory cgroup. Ordinary shared memory counts as both. One thread at a time
 * uses a promise. Zeroed: empty.
 */
struct promise {
	uint64_t available;
	uint64_t charged;
	/* The process in which it was given; see promise.c. */
	unsigned process;
};

/* Promise more bytes, and get the sum of all earlier promises. */
void promise_add(struct promise *promise, uint64_t available, uint64_t charged,
		 struct promise *before);

/* Take back bytes that promise_add() has just added. */
void promise_reduce(struct promise *promise, uint64_t available,
		    uint64_t charged);

/* Move up to a number of bytes from one promise to another. */
void promise_move(struct promise *to, struct promise *from, uint64_t available,
		  uint64_t charged);

/* Reduce a promise by bytes that are populated, which the kernel now counts as
 * used. */
void promise_populated(struct promise *promise, uint64_t bytes);

/* End a promise: everything is populated, or never will be. */
void promise_end(struct promise *promise);

/* Get the sum of all promises. */
void promise_sum(struct promise *sum);

#endif
