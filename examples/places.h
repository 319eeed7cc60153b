/* SPDX-License-Identifier: MIT */
/* Which tensors to load, and where in a buffer each one lies. */
#ifndef PLACES_H
#define PLACES_H

#include "tensors.h"

struct place {
	const struct tensor *tensor;
	uint64_t offset;
	/* The pattern that it matches. */
	uint32_t pattern;
};

/*
 * Find the tensors that match these names or fnmatch(3) patterns, each once, in
 * the order of the patterns, then of the files. Without patterns, find all.
 * places has room for tensors->count. Return NULL, or the first pattern that no
 * tensor matches.
 */
const char *places_choose(struct place *places, size_t *count,
			  struct tensors *tensors, char **patterns,
			  size_t n_patterns);
/* Lay the tensors out one behind the other, at multiples of align, a power of
 * two. Return false if the size exceeds 64 bits. */
bool places_align(struct place *places, size_t count, uint64_t align,
		  uint64_t *size);

#endif
