/* SPDX-License-Identifier: MIT */
/* Helpers of make-models. Any failure ends the program. */
#ifndef MAKE_MODELS_H
#define MAKE_MODELS_H

#include <stdio.h>

#include "models.h"

FILE *create(const char *dir, const char *name, const char *end);
/* Write the file to the disk, and drop its pages from the page cache. */
void finish(FILE *file);
/* Write a line of a list. It names the file of the tensor if there are
 * several. */
void write_line(FILE *list, const struct known *tensor, size_t offset,
		const char *part);
/* Write good-model in several files, in several ways. */
void make_parts(const char *dir);

#endif
