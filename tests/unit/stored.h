/* SPDX-License-Identifier: MIT */
/* Checks of files after a store. */
#ifndef STORED_H
#define STORED_H

#include "scene.h"

/* Make a context with chunks of a page, a file, and a buffer of 64 KiB. */
void stored_make(struct scene *scene, const char *kind, uint64_t size);
/* Drop it, and what the functions below have kept. Nothing may be left. */
void stored_drop(struct scene *scene);

/* A new file with contents, of which some pages are in the page cache, in the
 * place of the scene's file. */
void stored_renew(struct scene *scene, unsigned file, uint64_t size,
		  uint64_t resident_mask);

/* Replace the first file by one that is made from a new fd with these flags.
 * Return the fd. */
int stored_reopen(struct scene *scene, int flags);

/* Give the buffers contents of their own, and store. */
int stored_store(struct scene *scene, const struct dmaload_range *ranges,
		 size_t count);

/*
 * Check each file: the ranges' bytes are those of the buffers, the others as
 * they were; it is as long as it was, or ends with the last range; the page
 * cache holds nothing that was not there, and nothing is dirty. After a failure
 * the ranges' own bytes may be anything.
 */
void stored_check(struct scene *scene, const struct dmaload_range *ranges,
		  size_t count, bool stored);

/* Store. It must fail with this code and message. */
void stored_fails(struct scene *scene, const struct dmaload_range *ranges,
		  size_t count, int code, const char *message);
/* Store, and it must succeed; and the report's figures add up. */
void stored_all(struct scene *scene, const struct dmaload_range *ranges,
		size_t count);
void stored_finish(void);

#endif
