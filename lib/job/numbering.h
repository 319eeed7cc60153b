/* SPDX-License-Identifier: MIT */
/*
 * Receives: objects, or pairs of them, again and again.
 * Hands on: a number for each, from 0, in the order of their first appearance.
 * Always:   the last one asked for is found at once, since ranges come in rows.
 */
#ifndef NUMBERING_H
#define NUMBERING_H

#include <stdint.h>

struct number {
	const void *one;
	const void *other;
	uint32_t number;
};

/* Zeroed to begin with. */
struct numbering {
	void *tree;
	uint32_t count;
	const struct number *last;
};

/* 0 if the pair has its number already, 1 if it was given one now, or -ENOMEM. */
int numbering_find(struct numbering *numbering, const void *one,
		   const void *other, uint32_t *number);
void numbering_finish(struct numbering *numbering);

#endif
