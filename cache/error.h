/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and what to say about it.
 * Hands on: the same code, with the sentence in the caller's struct.
 * Always:   an error of libdmaload passes with its own sentence.
 */
#ifndef SC_ERROR_H
#define SC_ERROR_H

#include <dmaload/error.h>

/* Return code, so that a failure is one statement. */
int sc_fail(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
