/* SPDX-License-Identifier: MIT */
/* Which tensors are to be loaded, and where in a buffer each has to be. */
#ifndef PLACES_H
#define PLACES_H

#include "tensors.h"

struct place {
	const struct tensor *tensor;
	uint64_t offset;
	/* The pattern that asked for it. */
	uint32_t pattern;
};

/*
 * Find the tensors of these names or fnmatch(3) patterns, all if there are
 * none, in the order in which they are asked for, then in that of the files; each
 * once. Room for tensors->count places. Return NULL, or the first pattern that
 * no tensor has.
 */
const char *places_choose(struct place *places, size_t *count,
			  struct tensors *tensors, char **patterns,
			  size_t n_patterns);
/* Lay them out one behind the other, at multiples of align, which is a power of
 * two. False if there are no 64 bits for that. */
bool places_align(struct place *places, size_t count, uint64_t align,
		  uint64_t *size);

#endif
