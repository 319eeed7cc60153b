/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and its explanation.
 * Hands on: the same code, with the message in the caller's struct.
 * Always:   a message has no bytes of a file or of a name.
 */
#ifndef DG_ERROR_H
#define DG_ERROR_H

#include <dmaload/error.h>

/* Write the message and return code, so that a failure is one statement. */
int dg_fail(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
