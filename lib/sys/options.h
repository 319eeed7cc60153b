/* SPDX-License-Identifier: MIT */
/*
 * Receives: a caller's struct that may be older or newer than ours.
 * Hands on: the part of it that both know.
 * Always:   such a struct begins with its size in a size_t.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy a caller's struct to ours. Members that only the caller knows must be
 * zero, and those that only we know become zero. Return false if they are not,
 * or the size is absurd.
 */
bool options_take(void *own, size_t own_size, const void *his);

/*
 * Copy the members that both know to ours, and leave the others as they are. For a
 * struct that the library filled in earlier: members that only the caller knows do
 * not matter. Copies nothing if the size is absurd.
 */
void options_take_known(void *own, size_t own_size, const void *his);

/* Copy our struct to a caller's, whose size stays and whose rest is zeroed. */
void options_give(const void *own, size_t own_size, void *his);

/* Return true if a caller's struct has a plausible size. */
bool options_size_ok(const void *his);

#endif
