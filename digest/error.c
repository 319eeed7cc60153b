/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <stdarg.h>

#include "common/error.h"

int dg_fail(struct dmaload_error *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_fill(err, code, format, args);
	va_end(args);
	return code;
}
