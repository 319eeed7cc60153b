/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and its explanation.
 * Hands on: the same code, with the message in the caller's struct.
 * Always:   the innermost function writes the message; its callers pass it on.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>

#include <dmaload/error.h>

/* Write the message and return code, so that a failure is one statement: return
 * fail(...). */
int fail(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Return the text of a negative errno value. Thread-safe, static memory. */
const char *error_text(int code);

/* Return the short name, such as "EFAULT", of a negative errno value. */
const char *error_name(int code);

/*
 * Return the library's code for an error of the kernel, a file system or a
 * driver. It is the same code, or EIO if that code has a special meaning in the
 * library. For a write, ENOSPC, EDQUOT, EFBIG and EROFS stay.
 */
int error_of_others(int code, bool writing);

/* Return true if no fd is free. No path works then, so the load fails at
 * once. */
bool error_is_shortage(int code);

#endif
