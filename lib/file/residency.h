/* SPDX-License-Identifier: MIT */
/*
 * Receives: the parts of a file that a load comes to.
 * Hands on: which of their pages were in the page cache before, and those pages
 *           to copy from; it drops what the load has read in.
 * Always:   a query reads no page in. Only pages that the load itself has read
 *           through the page cache, and that were absent before, are dropped.
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
	/* mincore(2) reports for the file: checked once a load. */
	bool mincore_permitted;
};

/* Zeroed: nothing was queried. All intervals are whole units of the cache. */
struct residency {
	/* 0, or why the kernel does not report it: -EPERM usually. */
	int status;
	/* The intervals that were queried, and those of them that were resident
	 * then. */
	struct intervals queried;
	struct intervals before;
	/* The intervals that the load has read, or written, through the page
	 * cache. */
	struct intervals brought;
	struct view view;
};

void residency_finish(struct residency *residency);

/* Query the bytes of an interval that were not queried yet. Sets status. */
void residency_query(struct residency *residency, struct dmaload_file *file,
		     struct interval interval);

/* Return how many bytes of an interval were resident, as far as queried, in
 * whole pages. */
uint64_t residency_bytes(const struct residency *residency,
			 const struct dmaload_file *file,
			 struct interval interval);

/* Return true if an interval was queried, and no page of it was resident. */
bool residency_was_absent(const struct residency *residency,
			  const struct dmaload_file *file,
			  struct interval interval);

/* Record that an interval will be read or written through the page cache. */
void residency_bring(struct residency *residency,
		     const struct dmaload_file *file, struct interval interval);

/* Drop what was read in of an interval and was absent before. */
void residency_drop(struct residency *residency, struct dmaload_file *file,
		    struct interval interval);

/* Query how much of everything read in is resident now. Return 0 or -errno. */
int residency_left(struct residency *residency, struct dmaload_file *file,
		   uint64_t *bytes);

/* Query how much more of an interval is resident now than before. Return 0 or
 * -errno. */
int residency_grown(struct residency *residency, struct dmaload_file *file,
		    struct interval interval, uint64_t *bytes);

/*
 * Copy resident bytes of the file. Return false if that cannot be done, or the
 * file has become shorter; some bytes may have been written then.
 */
bool residency_copy(struct residency *residency, struct dmaload_file *file,
		    uint64_t offset, void *to, size_t length);

/* Count the resident bytes of an interval now, in whole pages. Return 0 or
 * -errno. */
int residency_count(struct residency *residency, struct dmaload_file *file,
		    struct interval interval, uint64_t *bytes);

/* For residency.c: add the resident intervals of a range, in whole pages.
 * Return 0 or -errno. */
int residency_query_range(struct intervals *resident, struct view *view,
			  struct dmaload_file *file, struct interval range);
/* Map a part of the file, and more if possible. Return 0 or -errno. */
int residency_view(struct view *view, struct dmaload_file *file,
		   struct interval interval);
void residency_close_view(struct view *view);

#endif
