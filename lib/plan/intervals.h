/* SPDX-License-Identifier: MIT */
/*
 * Receives: spans of bytes, one after the other.
 * Hands on: what they cover together, and what they leave out.
 * Always:   in ascending order, apart from each other. Plain arithmetic.
 */
#ifndef INTERVALS_H
#define INTERVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes from start up to end. */
struct interval {
	uint64_t start;
	uint64_t end;
};

/* Zeroed: nothing. */
struct intervals {
	struct interval *items;
	size_t count;
	size_t room;
};

void intervals_finish(struct intervals *set);

/* Add an interval; what it touches becomes one with it. 0 or -ENOMEM. */
int intervals_add(struct intervals *set, struct interval interval);

/* Return the first item that ends behind a place; count if there is none. */
size_t intervals_find(const struct intervals *set, uint64_t at);

/* Return how many bytes of a part are in the set. */
uint64_t intervals_bytes(const struct intervals *set, struct interval interval);

/*
 * Find the first bytes of a part that are in the set, or the first that are not.
 * False if there are none.
 */
bool intervals_next(const struct intervals *set, struct interval interval,
		    struct interval *found);
bool intervals_gap(const struct intervals *set, struct interval interval,
		   struct interval *found);

#endif
