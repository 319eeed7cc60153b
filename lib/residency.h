/* SPDX-License-Identifier: MIT */
/*
 * Receives: a file and a range of it.
 * Hands on: which of its pages were in the page cache, and how many are now.
 * Always:   asking brings no page in; dropping spares what was there before.
 */
#ifndef RESIDENCY_H
#define RESIDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dmaload_file;

/* Bytes of the file from start up to end, whole pages. */
struct run {
	uint64_t start;
	uint64_t end;
};

/* A snapshot: the resident parts of a range, in ascending order. */
struct residency {
	/* 0, or why the kernel does not tell: -EPERM usually. */
	int status;
	struct run range;
	uint64_t bytes;
	struct run *runs;
	size_t count;
	size_t room;
};

/* The whole pages that a part of a file lies in. */
struct run residency_pages(uint64_t offset, uint64_t length);

/* Never fails; look at status. */
void residency_take(struct residency *residency, struct dmaload_file *file,
		    uint64_t offset, uint64_t length);
void residency_finish(struct residency *residency);

/* The first run that ends behind an offset; count if there is none. */
size_t residency_find(const struct residency *residency, uint64_t offset);

/* Resident bytes of a range, whole pages; 0 or -errno. */
int residency_count(struct dmaload_file *file, uint64_t offset,
		    uint64_t length, uint64_t *bytes);

/* Bytes of a part of the range that were resident, whole pages. */
uint64_t residency_bytes(const struct residency *residency, uint64_t offset,
			 uint64_t length);

/* Whether no page of a part of the range was resident. False if unknown. */
bool residency_was_absent(const struct residency *residency, uint64_t offset,
			  uint64_t length);

/* Drop the pages of a part of the range that were not resident. */
void residency_drop_new(const struct residency *residency,
			struct dmaload_file *file, uint64_t offset,
			uint64_t length);

#endif
