/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a file, read through a window: as much memory as the window
 * has, however long the header.
 */
#ifndef HEADER_H
#define HEADER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct header {
	int fd;
	/* The size of the whole file, in bytes. */
	uint64_t size;
	/* Where the header ends at the latest; never beyond size. */
	uint64_t end;
	/* The next byte; never beyond end. */
	uint64_t at;
	uint64_t window_at;
	size_t window_length;
	/* How much to read next. Behind a jump, such as one over the bytes of a
	 * tensor, this begins small again. */
	size_t window_next;
	unsigned char window[1 << 16];
	/* Why the file was refused, in one line. Has room for two names that
	 * name_start() has cut. */
	char error[512];
	/* As dmaload_model_open() returns it: -EBADMSG, unless the file is not to
	 * blame. */
	int code;
};

/* These return 0, or -1 with the reason in header->error. */

void header_init(struct header *header, int fd, uint64_t size);
/* The bytes from header->at on that are in the window, at least one. */
int header_peek(struct header *header, const unsigned char **bytes,
		size_t *length);
int header_read(struct header *header, void *data, size_t length);
int header_skip(struct header *header, uint64_t length);
uint64_t header_left(const struct header *header);
/* Write the reason. Return -1. */
int refuse(struct header *header, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define refuse_memory(header, ...) \
	((header)->code = -ENOMEM, refuse(header, __VA_ARGS__))

/*
 * Recognize a file of another kind, such as a failed download, by its first
 * bytes. Return true with the reason in header->error, or false if the kind is
 * unknown.
 */
bool refuse_other_format(struct header *header);
/* Return whether a file that begins with these bytes is an ONNX model. */
bool onnx_begins(const unsigned char *bytes, size_t length);

#endif
