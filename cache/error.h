/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and its explanation.
 * Hands on: the same code, with the message in the caller's struct.
 * Always:   an error of libdmaload keeps its own message.
 */
#ifndef SC_ERROR_H
#define SC_ERROR_H

#include <dmaload/error.h>

/* Write the message and return code, so that a failure is one statement. */
int sc_fail(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
