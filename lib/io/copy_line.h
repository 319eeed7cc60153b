/* SPDX-License-Identifier: MIT */
/*
 * Receives: two places in memory.
 * Hands on: the arithmetic of cache lines, and the copy of one.
 * Always:   the copy of a line is a few wide, adjacent loads and stores.
 */
#ifndef COPY_LINE_H
#define COPY_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A cache line. Larger ones are multiples of it. */
#define LINE ((size_t)64)

/* Return the number of bytes before the first whole line. */
static inline size_t line_lead(const void *at, size_t length)
{
	const size_t lead = -(uintptr_t)at & (LINE - 1);

	return lead < length ? lead : length;
}

/* Write a whole line. */
static inline void line_put(unsigned char *to, const unsigned char *from)
{
	memcpy(__builtin_assume_aligned(to, LINE), from, LINE);
}

/* Read a whole line. */
static inline void line_get(unsigned char *to, const unsigned char *from)
{
	memcpy(to, __builtin_assume_aligned(from, LINE), LINE);
}

#endif
