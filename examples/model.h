/* SPDX-License-Identifier: MIT */
/* A model, in one file or in several, open and with the list of its tensors. */
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

/* Open a model by its file, by one of its files, or by its index. Return 0, or -1
 * when complain() has been called. Close the model in any case. */
int model_open(struct model *model, const char *path);
void model_close(struct model *model);

/* Print a line about a file to standard error; always -1. */
int complain(const char *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Return the exit status of a program that returned r: that of a failure, too, if
 * its output did not arrive. */
int exit_status(int r);

#endif
