/* SPDX-License-Identifier: MIT */
/*
 * Receives: objects, or pairs of them, again and again.
 * Hands on: a number for each, from 0, in the order of their first appearance.
 * Always:   the last object is found at once, since ranges of one file follow
 *           each other.
 */
#ifndef ID_MAP_H
#define ID_MAP_H

#include <stdint.h>

struct number {
	const void *one;
	const void *other;
	uint32_t number;
};

/* Zero it before the first use. */
struct id_map {
	void *tree;
	uint32_t count;
	const struct number *last;
};

/* Look up the number of a pair. Return 0 if it has one, 1 if it was given one
 * now, or -ENOMEM. */
int id_map_find(struct id_map *id_map, const void *one,
		const void *other, uint32_t *number);
void id_map_finish(struct id_map *id_map);

#endif
