/* SPDX-License-Identifier: MIT */
/*
 * Part of a file, mapped for reading, so that no huge page fits: khugepaged (Linux 7.3)
 * makes huge pages of files that are mapped, for which it reads the missing pages.
 */
#ifndef MAPPED_H
#define MAPPED_H

#include <stddef.h>
#include <stdint.h>

struct mapped {
	void *map;
	/* The mapping itself. */
	void *base;
	size_t length;
};

struct mapped mapped_open(int fd, uint64_t from, uint64_t length);
void mapped_close(const struct mapped *mapped);

#endif
