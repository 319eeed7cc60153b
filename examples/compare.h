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
	const struct dmaload_tensor *tensor;
	uint64_t file_offset, length;
	const void *bytes;
};

/* Return 0 if the file has these bytes, or -1 after a call of complain(). path is
 * the one that opened the model. */
int compare_with_file(const struct loaded *loaded, const struct model *model,
		      const char *path);

#endif
