/* SPDX-License-Identifier: MIT */
/* How make-models writes files; any failure ends it. */
#ifndef MAKE_MODELS_H
#define MAKE_MODELS_H

#include <stdio.h>

#include "models.h"

FILE *create(const char *dir, const char *name, const char *end);
/* Onto the disk and out of the page cache. */
void finish(FILE *file);
/* A line of a list, with the file that a tensor is in if there are several. */
void write_line(FILE *list, const struct known *tensor, size_t offset,
		const char *part);
/* Writes good-model in several files, in several ways. */
void make_parts(const char *dir);

#endif
