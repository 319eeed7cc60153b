/* SPDX-License-Identifier: MIT */
/*
 * Receives: memory that a buffer has been granted.
 * Hands on: how much of it, over all buffers of the process, is still to be
 *           taken.
 * Always:   each byte is counted until its page is there, or will never be.
 */
#ifndef PROMISE_H
#define PROMISE_H

#include <stdint.h>

/*
 * The bytes that are still going to be taken: out of MemAvailable, and out of
 * the room of the process's memory cgroup. Ordinary shared memory counts as
 * both. One thread at a time uses a promise. Zeroed, it is of nothing.
 */
struct promise {
	uint64_t available;
	uint64_t charged;
	/* In which process it was given; see promise.c. */
	unsigned process;
};

/* Promise more. Hands on what had been promised before, to any buffer. */
void promise_add(struct promise *promise, uint64_t available, uint64_t charged,
		 struct promise *before);

/* Take back what promise_add() has just added. */
void promise_reduce(struct promise *promise, uint64_t available,
		    uint64_t charged);

/* Hand over as much of a promise as there is, up to this much. */
void promise_move(struct promise *to, struct promise *from, uint64_t available,
		  uint64_t charged);

/* So many bytes more are there, and counted as used by the kernel. */
void promise_populated(struct promise *promise, uint64_t bytes);

/* Nothing more will be taken: all is there, or nobody will ask for it. */
void promise_end(struct promise *promise);

/* Everything that is promised now. */
void promise_sum(struct promise *sum);

#endif
