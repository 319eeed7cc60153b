/* SPDX-License-Identifier: MIT */
/*
 * Receives: what is to be said to people, names of files included.
 * Hands on: lines on stdout or stderr.
 * Always:   a line is one line, and does nothing to a terminal (lib/sys/text.h).
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include <dmaload.h>

#include "../lib/sys/text.h"

/* One line on stderr: "dmaload: ...". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write down why, and return code, as the library does. */
int explain(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A line of a report: what it is about, in a column of its own, and what is so. */
void print_line(FILE *out, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
