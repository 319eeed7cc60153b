/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "common/error.h"
#include "names.h"

int model_fail(struct dmaload_error *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_fill(err, code, format, args);
	va_end(args);
	return code;
}

int model_fail_file(struct dmaload_error *err, int code, const char *path,
		    const char *format, ...)
{
	char *name = path ? name_escape(path, strlen(path)) : NULL;
	char text[DMALOAD_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (name)
		model_fail(err, code, "%s: %s", name_end(name).text, text);
	else
		model_fail(err, code, "%s", text);
	free(name);
	if (err)
		name_drop_part(err->message);
	return code;
}

const char *model_open_reason(int code)
{
	return code == -EMFILE ? "too many open files: a model keeps each of its "
		"files open; raise the limit (RLIMIT_NOFILE, \"ulimit -n\")" :
		error_describe(code);
}
