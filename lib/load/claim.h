/* SPDX-License-Identifier: MIT */
/*
 * Receives: the bytes of a buffer or a file that a load is going to read or to write.
 * Hands on: the same, sorted; and where two loads want the same byte.
 * Always:   plain arithmetic; job/claims.h grants them.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/intervals.h"

struct load;

/* The claim of a load on one buffer, or on one file. */
struct claim {
	/* The load that claims; NULL: none. Follow it only in its process: in a
	 * child of it the claim is never dropped, and holds nobody; see
	 * sys_process(). */
	struct load *load;
	uint64_t process;
	bool writes;
	/* It is of a dma-buf; it is of a stream. */
	bool brackets;
	bool alone;
	/* In ascending order, apart from each other; and from the first byte to the last. */
	struct interval *intervals;
	size_t count;
	struct interval bounds;
	/* Among all claims on the same, those that write first; and the pointer to this one
	 * there. */
	struct claim *next;
	struct claim **at;
};

/* Sort and merge; overlap receives one of two places that overlap, if any do. */
void claim_merge(struct claim *claim, bool *overlaps, uint64_t *overlap);

/* Return true if two merged claims have a byte in common, and where. */
bool claim_meet(const struct claim *a, const struct claim *b, uint64_t *where);

#endif
