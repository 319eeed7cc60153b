/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load, before each part of a file and after its last read.
 * Hands on: what of it is in the page cache, to the plan and to the report.
 * Always:   what the load has read in is dropped, unless it is to be kept.
 *           Pages that were there before stay, and so do those that others read
 *           meanwhile.
 */
#ifndef CACHE_CLEANUP_H
#define CACHE_CLEANUP_H

struct load;
struct place;
struct slot;

/* Query the page cache from the plan's position on, as far as the next chunk
 * may go. */
void cache_cleanup_query(struct load *load);

/* Note whether a chunk that begins is absent from the page cache. */
void cache_cleanup_note(const struct load *load, struct slot *slot);

/* Drop the pages that the load left. Count those that cannot be dropped, and
 * those that were there before. */
void cache_cleanup_finish(struct load *load, int result);

#endif
