/* SPDX-License-Identifier: MIT */
/*
 * Receives: the bytes of a buffer or a file that a load will read or write.
 * Hands on: the same, sorted; and where two loads have the same byte.
 * Always:   plain arithmetic; job/claims.h grants the claims.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/intervals.h"

struct load;

/* The claim of a load on one buffer or one file. */
struct claim {
	/* The load that has the claim, or NULL. Follow it only in its own
	 * process: a child of fork() never drops the claim, and it blocks
	 * nothing there; see sys_process(). */
	struct load *load;
	uint64_t process;
	bool writes;
	/* The claim is on a dma-buf; on a stream. */
	bool brackets;
	bool alone;
	/* In ascending order, with gaps between them; and the bounds of all. */
	struct interval *intervals;
	size_t count;
	struct interval bounds;
	/* Links in the list of claims on the same object, writers first; and
	 * the pointer to this claim there. */
	struct claim *next;
	struct claim **at;
};

/* Sort and merge the intervals. If any two overlap, overlap becomes a byte in
 * both. */
void claim_merge(struct claim *claim, bool *overlaps, uint64_t *overlap);

/* Return true if two merged claims have a byte in common, and where. */
bool claim_meet(const struct claim *a, const struct claim *b, uint64_t *where);

#endif
