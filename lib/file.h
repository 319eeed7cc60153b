/* SPDX-License-Identifier: MIT */
/*
 * Receives: a path or somebody's fd.
 * Hands on: an fd for buffered reads, one for O_DIRECT where it is granted, and
 *           the alignment that it asks for.
 * Always:   both fds are of the same file, the one that was checked.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/file.h>

struct dmaload_file {
	char *name;
	int fd;
	/* The description is the caller's too: its flags and readahead are his. */
	bool shared;
	uint64_t size;
	uint64_t dev;
	uint64_t ino;

	/* Set by file_open_direct(): an fd, or why there is none. */
	int direct_fd;
	/* Of offsets and lengths; a multiple of mem_align. */
	uint32_t block;
	/* Of addresses. */
	uint32_t mem_align;
};

/* Whether the file ends at an offset, or before it, by now. */
bool file_ends_at(const struct dmaload_file *file, uint64_t offset);

/*
 * Open the file with O_DIRECT, unless that has been done, and learn its
 * alignment. 0; 1 with the reason in why where it is refused.
 */
int file_open_direct(struct dmaload_file *file, char *why, size_t size);

#endif
