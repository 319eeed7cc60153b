/* SPDX-License-Identifier: MIT */
/*
 * A range of a file, mapped for reading so that no huge page fits. Otherwise
 * khugepaged (Linux 7.3) makes huge pages of mapped files, for which it reads
 * the missing pages.
 */
#ifndef MAPPED_H
#define MAPPED_H

#include <stddef.h>
#include <stdint.h>

struct mapped {
	void *map;
	/* The beginning of the mapping. */
	void *base;
	size_t length;
};

struct mapped mapped_open(int fd, uint64_t from, uint64_t length);
void mapped_close(const struct mapped *mapped);

#endif
