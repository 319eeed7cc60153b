/* SPDX-License-Identifier: MIT */
/*
 * Receives: a caller's struct that may be older or newer than ours.
 * Hands on: the members that both know.
 * Always:   such a struct begins with its size in a size_t, as in libdmaload.
 */
#ifndef SC_STRUCTS_H
#define SC_STRUCTS_H

#include <stdbool.h>
#include <stddef.h>

/* Return whether a caller's struct has a plausible size. */
bool sc_struct_has_size(const void *theirs);
/* Copy a caller's struct. Members that only the library knows become 0. Return
 * false if its size is not plausible, or a member that only the caller knows is
 * not 0. */
bool sc_struct_take(void *own, size_t own_size, const void *theirs);
/* Copy to a caller's struct; members that only the caller knows become 0. */
void sc_struct_give(const void *own, size_t own_size, void *theirs);

#endif
