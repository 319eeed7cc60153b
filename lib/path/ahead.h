/* SPDX-License-Identifier: MIT */
/*
 * Receives: the chunk that is read through the page cache next.
 * Hands on: the chunks after it, which the kernel reads meanwhile.
 * Always:   residency knows the pages that are brought in.
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
/* A part is about to be read or written: its pages, and those of a readahead that is
 * not ours, may become resident. */
void ahead_expect(struct load_file *load_file, struct interval interval);

#endif
