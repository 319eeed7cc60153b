/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and its explanation.
 * Hands on: the same code, with the message in the caller's struct.
 * Always:   a message has names only as name_escape() has made them.
 */
#ifndef MODELS_ERROR_H
#define MODELS_ERROR_H

#include <dmaload/error.h>

/* Write the message and return code, so that a failure is one statement. */
int model_fail(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, behind the name of a file, if it has one. */
int model_fail_file(struct dmaload_error *err, int code, const char *path,
		    const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(4)));

/* Return why a file cannot be opened; with the remedy if a model has more files
 * than a process may open. Static memory. */
const char *model_open_reason(int code);

#endif
