/* SPDX-License-Identifier: MIT */
/*
 * Chooses tensors and lays them out. Receives the tensors of a model and the
 * user's patterns; hands on the places in a buffer. Always: each sum is checked
 * for overflow.
 */
#include "places.h"

#include <fnmatch.h>
#include <string.h>

/* A name may have characters that are special in a pattern. */
static bool matches(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || fnmatch(pattern, name, 0) == 0;
}

/* Append the tensors that match a pattern and no earlier one; NULL matches all.
 * Return false if no tensor matches. */
static bool choose(struct place *places, size_t *count,
		   struct tensors *tensors, const char *pattern,
		   uint32_t number)
{
	struct tensor *tensor;
	bool found = !pattern;
	size_t i;

	for (i = 0; i < tensors->count; i++) {
		tensor = &tensors->items[i];
		if (pattern && !matches(pattern, tensor->name))
			continue;
		found = true;
		if (tensor->chosen)
			continue;
		tensor->chosen = true;
		places[(*count)++] = (struct place){
			.tensor = tensor,
			.pattern = number,
		};
	}
	return found;
}

const char *places_choose(struct place *places, size_t *count,
			  struct tensors *tensors, char **patterns,
			  size_t n_patterns)
{
	size_t i;

	for (i = 0; i < tensors->count; i++)
		tensors->items[i].chosen = false;
	*count = 0;
	if (n_patterns == 0)
		choose(places, count, tensors, NULL, 0);
	for (i = 0; i < n_patterns; i++)
		if (!choose(places, count, tensors, patterns[i], (uint32_t)i))
			return patterns[i];
	return NULL;
}

bool places_align(struct place *places, size_t count, uint64_t align,
		  uint64_t *size)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (__builtin_add_overflow(end, align - 1, &end))
			return false;
		places[i].offset = end & ~(align - 1);
		if (__builtin_add_overflow(places[i].offset,
					   places[i].tensor->bytes, &end))
			return false;
	}
	*size = end;
	return true;
}
