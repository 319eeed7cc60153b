/* SPDX-License-Identifier: MIT */
/* Say why a program fails. */
#ifndef FAIL_H
#define FAIL_H

/* Print the program's name and a reason to standard error, and return -1. The
 * text of an error of errno.h ends the line, unless the error is 0. */
int fail(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
