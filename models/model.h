/* SPDX-License-Identifier: MIT */
/*
 * Receives: the tensors and files that open.c has found.
 * Hands on: them, by the functions of the interface.
 * Always:   nothing changes after the model was opened.
 */
#ifndef MODEL_H
#define MODEL_H

#include <dmaload-models.h>

#include "format.h"

struct file {
	int fd;
	/* NULL if the caller gave the fd. */
	char *path;
};

struct dmaload_model {
	const struct format *format;
	struct file *files;
	size_t n_files;
	struct dmaload_tensor *tensors;
	size_t n_tensors;
	/* Those that cannot be loaded. */
	struct dmaload_tensor *omitted;
	size_t n_omitted;
	uint64_t unclaimed;
};

#endif
