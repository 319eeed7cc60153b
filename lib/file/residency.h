/* SPDX-License-Identifier: MIT */
/*
 * Receives: the parts of a file that a load comes to.
 * Hands on: which of their pages were in the page cache before, and those pages
 *           themselves to be copied; drops what the load has brought in.
 * Always:   looking brings no page in; only what the load itself has read through
 *           the page cache is dropped, and nothing of it that was there before.
 */
#ifndef RESIDENCY_H
#define RESIDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/intervals.h"
#include "sys/sys.h"

struct dmaload_file;

/* A mapped part of a file, to query and to copy from. */
struct view {
	struct interval range;
	struct sys_view map;
	/* mincore(2) tells of the file: asked once a load. */
	bool mincore_permitted;
};

/* Zeroed: nothing has been looked at. All of it in whole units of the cache. */
struct residency {
	/* 0, or why the kernel does not tell: -EPERM usually. */
	int status;
	/* The parts that were queried, and those of them that were resident
	 * then. */
	struct intervals queried;
	struct intervals before;
	/* The parts that the load has read, or written, through the page
	 * cache. */
	struct intervals brought;
	struct view view;
};

void residency_finish(struct residency *residency);

/* Look at what of a part of the file has not been looked at; sets status. */
void residency_query(struct residency *residency, struct dmaload_file *file,
		     struct interval interval);

/* Return how many bytes of a part were resident, as far as it was looked at; whole
 * pages. */
uint64_t residency_bytes(const struct residency *residency,
			 const struct dmaload_file *file,
			 struct interval interval);

/* Return true if a part was queried, and no page of it was resident. */
bool residency_was_absent(const struct residency *residency,
			  const struct dmaload_file *file,
			  struct interval interval);

/* A part is going to be read or written through the page cache. */
void residency_bring(struct residency *residency,
		     const struct dmaload_file *file, struct interval interval);

/* Drop what was brought in of a part and was not there before. */
void residency_drop(struct residency *residency, struct dmaload_file *file,
		    struct interval interval);

/* Return how much of all that was brought in is resident now; 0 or -errno. */
int residency_left(struct residency *residency, struct dmaload_file *file,
		   uint64_t *bytes);

/* Return how much more of a part is resident now than there was; 0 or -errno. */
int residency_grown(struct residency *residency, struct dmaload_file *file,
		    struct interval interval, uint64_t *bytes);

/*
 * Copy bytes of the file that are resident. Returns false where that cannot be
 * done, or the file has become shorter; the bytes may have been written in part.
 */
bool residency_copy(struct residency *residency, struct dmaload_file *file,
		    uint64_t offset, void *to, size_t length);

/* Count the resident bytes of a part, whole pages, now. 0 or -errno. */
int residency_count(struct residency *residency, struct dmaload_file *file,
		    struct interval interval, uint64_t *bytes);

/* For residency.c: add the resident parts of a range, whole pages. 0 or -errno. */
int residency_query_range(struct intervals *resident, struct view *view,
			  struct dmaload_file *file, struct interval range);
/* Have a part of the file mapped, and more if that can be: 0 or -errno. */
int residency_view(struct view *view, struct dmaload_file *file,
		   struct interval interval);
void residency_close_view(struct view *view);

#endif
