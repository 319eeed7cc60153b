/* SPDX-License-Identifier: MIT */
/*
 * Compares loaded bytes with their file. Receives bytes and their place in the
 * file; hands on the first difference. Always: pread(2) reads the file, and not
 * the library.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "model.h"

struct loaded {
	const struct tensor *tensor;
	uint64_t file_offset, length;
	const void *bytes;
};

/* These return -1 after a call of complain(). */

/* Open one of the files of a model once more. Return its fd. path is the one
 * that opened the model. */
int compare_open(const struct model *model, size_t part, const char *path);
/* Return 0 if the file has these bytes. */
int compare_with_file(const struct loaded *loaded, int fd, const char *path);

#endif
