/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <stdarg.h>

void complain(const char *format, ...)
{
	char line[TEXT_MAX];
	va_list args;

	va_start(args, format);
	text_vformat(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "dmaload: %s\n", line);
}

int explain(struct dmaload_error *err, int code, const char *format, ...)
{
	va_list args;

	err->code = code;
	va_start(args, format);
	text_vformat(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

void print_line(FILE *out, const char *key, const char *format, ...)
{
	char line[TEXT_MAX];
	va_list args;

	va_start(args, format);
	text_vformat(line, sizeof(line), format, args);
	va_end(args);
	fprintf(out, "%-9s %s\n", key, line);
}
