/* SPDX-License-Identifier: MIT */
/*
 * Receives: the next chunk that is read through the page cache.
 * Hands on: the chunks after it, which the kernel reads meanwhile.
 * Always:   residency records the pages that are read in.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "plan/intervals.h"

struct chunk;
struct load;
struct load_file;

/* Announce the next chunks to the kernel. */
void ahead_announce(const struct load *load, struct load_file *load_file,
		    const struct chunk *chunk);
/* Expect that the pages of an interval become resident, with those of a
 * readahead that the library cannot turn off. */
void ahead_expect(struct load_file *load_file, struct interval interval);

#endif
