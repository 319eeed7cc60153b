/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load, as it comes to a part of a file, and after its last read.
 * Hands on: what of that is in the page cache, to the plan and to the report.
 * Always:   what the load has brought in is dropped, unless it is to be kept; what
 *           was there before stays, and so does what others read meanwhile.
 */
#ifndef CACHE_CLEANUP_H
#define CACHE_CLEANUP_H

struct load;
struct place;
struct slot;

/* Look at the page cache from where the plan stands, as far as the next chunk may
 * go. */
void cache_cleanup_query(struct load *load);

/* Note whether none of a chunk, as it is begun, is in the page cache. */
void cache_cleanup_note(const struct load *load, struct slot *slot);

/* Drop what is left, and count what cannot be dropped, and what there was. */
void cache_cleanup_finish(struct load *load, int result);

#endif
