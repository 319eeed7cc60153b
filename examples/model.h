/* SPDX-License-Identifier: MIT */
/* An open model, with a file of libdmaload for each of its files. */
#ifndef MODEL_H
#define MODEL_H

#include <dmaload.h>
#include <dmaload-models.h>
#include <stdbool.h>

struct model {
	struct dmaload_model *model;
	/* Tensor t is in files[t->file]. */
	struct dmaload_file **files;
	size_t count;
};

/* Open a model by its file, by one of its files, or by its index. Return 0, or
 * -1 after a message. Close the model even after a failure. */
int model_open(struct model *model, const char *path);
void model_close(struct model *model);

/* Print a line about a file to standard error, and return -1. */
int complain(const char *file, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Return the exit status of a program whose result is r. It is a failure, too,
 * if the output could not be written. */
int exit_status(int r);

#endif
