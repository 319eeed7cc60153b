/* SPDX-License-Identifier: MIT */
/*
 * Receives: chunks that were read by O_DIRECT.
 * Hands on: a declined path, where the file system read them through the page cache
 *           and did not say so.
 * Always:   decided by what no other reader of the file can bring about.
 */
#ifndef FALLBACK_H
#define FALLBACK_H

#include <stdbool.h>

struct load;
struct load_file;
struct slot;

/* A chunk has arrived. */
void fallback_check(struct load *load, const struct slot *slot);

/* There is more of a file in the page cache than there was: drop what direct reads
 * are known to have left. True if all the rest is known to be of others. */
bool fallback_is_excluded(struct load *load, struct load_file *load_file);

#endif
