/* SPDX-License-Identifier: MIT */
/*
 * Reads the beginning of a file through a window. Receives an fd and the size
 * that the file had; hands on bytes. Always: at <= end <= size. Nothing is read
 * beyond end, whatever lengths the file has.
 */
#include "header.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"

/* The window after a jump, in bytes. */
#define WINDOW_MIN 4096

void header_init(struct header *header, int fd, uint64_t size)
{
	header->fd = fd;
	header->size = size;
	header->end = size;
	header->at = 0;
	header->window_at = 0;
	header->window_length = 0;
	header->window_next = sizeof(header->window);
	header->error[0] = '\0';
	header->code = -EBADMSG;
}

int refuse(struct header *header, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(header->error, sizeof(header->error), format, args);
	va_end(args);
	return -1;
}

uint64_t header_left(const struct header *header)
{
	return header->end - header->at;
}

static int too_short(struct header *header)
{
	return refuse(header, "the header goes on behind byte %" PRIu64
		      ", where %s", header->end, header->end < header->size ?
		      "it has to end" : "the file ends");
}

/* Tensors between parts of a header should not be read with it. */
static size_t next_length(struct header *header)
{
	const uint64_t end = header->window_at + header->window_length;

	if (header->at < header->window_at ||
	    header->at - end > sizeof(header->window))
		header->window_next = WINDOW_MIN;
	else if (header->window_next < sizeof(header->window))
		header->window_next *= 2;
	return header->window_next;
}

static int fill(struct header *header)
{
	const size_t room = next_length(header);
	ssize_t length;

	do {
		length = pread(header->fd, header->window, room,
			       (off_t)header->at);
	} while (length < 0 && errno == EINTR);
	if (length < 0) {
		header->code = -errno;
		return refuse(header, "cannot be read at byte %" PRIu64 ": %s",
			      header->at, error_describe(header->code));
	}
	/* The file was truncated while it was read. */
	if (length == 0)
		return refuse(header, "has become shorter while it was read");
	header->window_at = header->at;
	header->window_length = (size_t)length;
	return 0;
}

int header_peek(struct header *header, const unsigned char **bytes,
		size_t *length)
{
	uint64_t into = header->at - header->window_at;

	if (header_left(header) == 0)
		return too_short(header);
	if (header->at < header->window_at || into >= header->window_length) {
		if (fill(header) < 0)
			return -1;
		into = 0;
	}
	*bytes = header->window + into;
	*length = header->window_length - (size_t)into;
	if (*length > header_left(header))
		*length = (size_t)header_left(header);
	return 0;
}

int header_read(struct header *header, void *data, size_t length)
{
	const unsigned char *bytes;
	unsigned char *to = data;
	size_t n;

	while (length > 0) {
		if (header_peek(header, &bytes, &n) < 0)
			return -1;
		if (n > length)
			n = length;
		memcpy(to, bytes, n);
		to += n;
		length -= n;
		header->at += n;
	}
	return 0;
}

int header_skip(struct header *header, uint64_t length)
{
	if (length > header_left(header))
		return too_short(header);
	header->at += length;
	return 0;
}
