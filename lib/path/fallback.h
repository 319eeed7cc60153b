/* SPDX-License-Identifier: MIT */
/*
 * Receives: chunks that were read with O_DIRECT.
 * Hands on: a declined path, if the file system read them through the page
 *           cache without saying so.
 * Always:   other readers of the file cannot cause the decision.
 */
#ifndef FALLBACK_H
#define FALLBACK_H

#include <stdbool.h>

struct load;
struct load_file;
struct slot;

/* Check a completed chunk. */
void fallback_check(struct load *load, const struct slot *slot);

/* Drop what direct reads have left, if the page cache holds more of a file than
 * before. Return true if the rest is known to belong to others. */
bool fallback_is_excluded(struct load *load, struct load_file *load_file);

#endif
