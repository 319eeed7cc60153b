/* SPDX-License-Identifier: MIT */
/*
 * The expected contents of a file or a buffer, in plain memory. A byte is unknown if
 * nothing is promised about it, e.g. after a failed load.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#define CONTENT_MAX (448u << 10)

struct content {
	/* The minimum and maximum: after a failed store the size is not known. */
	uint64_t size;
	uint64_t size_most;
	unsigned char bytes[CONTENT_MAX];
	bool known[CONTENT_MAX];
	/* Not all bytes are known, so compare byte by byte. */
	bool has_unknown;
};

/* Expect the bytes that are there. */
void content_adopt(struct content *content, const unsigned char *bytes,
		   uint64_t size);
/* Compare the bytes that are there with the known ones; expect all of them then. */
void content_check(struct content *content, const char *name,
		   const unsigned char *bytes, uint64_t size);

/* Make a file longer by zeroes, certainly or perhaps. */
void content_grow(struct content *content, uint64_t size, bool certainly);
/* Allow a file to be shorter; the bytes after size become unknown. */
void content_shrink(struct content *content, uint64_t size);

void content_copy(struct content *to, uint64_t to_offset,
		  const struct content *from, uint64_t from_offset,
		  uint64_t length);
void content_forget(struct content *content, uint64_t offset, uint64_t length);

/* Return whether two ranges certainly differ, or are certainly equal. */
bool content_differs(const struct content *a, uint64_t a_offset,
		     const struct content *b, uint64_t b_offset,
		     uint64_t length);
bool content_equals(const struct content *a, uint64_t a_offset,
		    const struct content *b, uint64_t b_offset,
		    uint64_t length);

#endif
