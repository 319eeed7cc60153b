/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and what to say about it.
 * Hands on: the same code, with the sentence in the caller's struct.
 * Always:   the innermost failure speaks; callers pass it on.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>

#include <dmaload/error.h>

/* Returns code, so that a failure is one statement: return fail(...). */
int fail(struct dmaload_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The text of a negative errno value. Thread-safe, static memory. */
const char *error_text(int code);

/* The short name, "EFAULT", of a negative errno value. */
const char *error_name(int code);

/*
 * Return the library's code for a failure of the kernel, a file system or a
 * driver: the same code; or EIO, if the code has a meaning of its own here. For
 * a write, ENOSPC, EDQUOT, EFBIG and EROFS are kept.
 */
int error_of_others(int code, bool writing);

/* No fd is free: that would stop a load on every path, so it is said at once. */
bool error_is_shortage(int code);

#endif
