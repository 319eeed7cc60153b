/* SPDX-License-Identifier: MIT */
/*
 * Receives: an error code and its explanation.
 * Hands on: the same code, with the message in the caller's struct.
 * Always:   static functions, since each library has a copy, and a static
 *           library hides no name.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <dmaload/error.h>

/* Return the text of a negative errno value. Static memory. */
static inline const char *error_describe(int code)
{
#ifdef HAVE_STRERRORDESC_NP
	const char *text = strerrordesc_np(-code);
#else
	/* In musl and bionic it is thread-safe. */
	const char *text = strerror(-code);
#endif

	return text ? text : "unknown error";
}

/* Fill the caller's struct, if there is one. Return the code. */
static inline int error_fill(struct dmaload_error *err, int code,
			     const char *format, va_list args)
{
	if (err) {
		err->code = code;
		vsnprintf(err->message, sizeof(err->message), format, args);
	}
	return code;
}

#endif
