/* SPDX-License-Identifier: MIT */
/* An open model, in one file or in several, with the list of its tensors. */
#ifndef MODEL_H
#define MODEL_H

#include <dmaload.h>

#include "parts.h"

struct model {
	struct tensors tensors;
	/* Tensor t is in files[t->part]; if there are several, the path of that is
	 * parts.paths[t->part]. */
	struct dmaload_file **files;
	size_t count;
	struct parts parts;
};

/* Open a model by its file, by one of its files, or by its index. Return 0, or
 * -1 after a call of complain(). Close the model even after a failure. */
int model_open(struct model *model, const char *path);
void model_close(struct model *model);

/* Print a line about a file to standard error, and return -1. */
int complain(const char *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Return the exit status of a program whose result is r. It is a failure, too,
 * if the output could not be written. */
int exit_status(int r);

#endif
