/* SPDX-License-Identifier: MIT */
/*
 * Receives: a caller's struct that may be older or newer than ours.
 * Hands on: the members that both know.
 * Always:   such a struct begins with its size in a size_t.
 */
#ifndef VERSIONED_STRUCT_H
#define VERSIONED_STRUCT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy a caller's struct. Members that only the caller knows must be zero;
 * members that only the library knows become zero. Return false if they are not
 * zero, or the size is not plausible.
 */
bool versioned_get(void *copy, size_t copy_size, const void *caller_struct);

/*
 * Copy the members that both know, and leave the others as they are. For a
 * struct that the library filled in earlier: members that only the caller knows
 * are ignored. Copy nothing if the size is not plausible.
 */
void versioned_get_known(void *copy, size_t copy_size,
			 const void *caller_struct);

/* Copy to a caller's struct. Its size stays, and members that only the caller
 * knows become zero. */
void versioned_put(const void *copy, size_t copy_size, void *caller_struct);

/* Return true if the size of a caller's struct is plausible. */
bool versioned_size_ok(const void *caller_struct);

#endif
