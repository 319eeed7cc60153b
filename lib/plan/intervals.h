/* SPDX-License-Identifier: MIT */
/*
 * Receives: intervals of bytes, one after the other.
 * Hands on: the bytes that they cover together, and the gaps.
 * Always:   in ascending order, with gaps between them. Plain arithmetic.
 */
#ifndef INTERVALS_H
#define INTERVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes from start up to end. */
struct interval {
	uint64_t start;
	uint64_t end;
};

/* A set of intervals. Zeroed: empty. */
struct intervals {
	struct interval *items;
	size_t count;
	size_t room;
};

void intervals_finish(struct intervals *set);

/* Add an interval, and merge it with those that it overlaps or touches. Return
 * 0 or -ENOMEM. */
int intervals_add(struct intervals *set, struct interval interval);

/* Return the index of the first item that ends behind a place, or count if
 * there is none. */
size_t intervals_find(const struct intervals *set, uint64_t at);

/* Return how many bytes of an interval are in the set. */
uint64_t intervals_bytes(const struct intervals *set, struct interval interval);

/*
 * Find the first bytes of an interval that are in the set, or the first that
 * are not. Return false if there are none.
 */
bool intervals_next(const struct intervals *set, struct interval interval,
		    struct interval *found);
bool intervals_gap(const struct intervals *set, struct interval interval,
		   struct interval *found);

#endif
