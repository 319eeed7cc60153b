/* SPDX-License-Identifier: MIT */
/*
 * Receives: a caller's struct that may be older or newer than ours.
 * Hands on: the part of it that both know.
 * Always:   such a struct begins with its size in a size_t.
 */
#ifndef VERSIONED_STRUCT_H
#define VERSIONED_STRUCT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy a caller's struct to ours. Members that only the caller knows must be
 * zero, and those that only we know become zero. Return false if they are not,
 * or the size is absurd.
 */
bool versioned_get(void *copy, size_t copy_size, const void *caller_struct);

/*
 * Copy the members that both know to ours, and leave the others as they are. For a
 * struct that the library filled in earlier: members that only the caller knows do
 * not matter. Copies nothing if the size is absurd.
 */
void versioned_get_known(void *copy, size_t copy_size,
			 const void *caller_struct);

/* Copy our struct to a caller's, whose size stays and whose rest is zeroed. */
void versioned_put(const void *copy, size_t copy_size, void *caller_struct);

/* Return true if a caller's struct has a plausible size. */
bool versioned_size_ok(const void *caller_struct);

#endif
