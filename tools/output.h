/* SPDX-License-Identifier: MIT */
/*
 * Receives: messages for people, with names of files.
 * Hands on: lines on stdout or stderr.
 * Always:   a line is one line, and safe for a terminal (lib/sys/text.h).
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include <dmaload.h>

#include "../lib/sys/text.h"

/* Print one line on stderr: "dmaload: ...". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write the message and return code, as the library does. */
int explain(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Print a line of a report: a key in a column, and its value. */
void print_line(FILE *out, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
