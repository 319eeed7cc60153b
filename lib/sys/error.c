/* SPDX-License-Identifier: MIT */
#include "sys/error.h"

#include <errno.h>
#include <stdarg.h>

#include "common/error.h"
#include "sys/text.h"

int fail(struct dmaload_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	text_vformat(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

const char *error_text(int code)
{
	return error_describe(code);
}

int error_of_others(int code, bool writing)
{
	switch (code) {
	case -ENOSPC:
	case -EFBIG:
	case -EROFS:
		return writing ? code : -EIO;
	case -EAGAIN:
	case -EBADF:
	case -EBADMSG:
	case -EBUSY:
	case -ECANCELED:
	case -ECHILD:
	case -EDEADLK:
	case -EINPROGRESS:
	case -EINVAL:
	case -ENODATA:
	case -ENODEV:
	case -EOPNOTSUPP:
	case -EOVERFLOW:
	case -ERANGE:
	case -ESPIPE:
	case -ETIME:
	case -E2BIG:
		return -EIO;
	default:
		return code;
	}
}

bool error_is_shortage(int code)
{
	return code == -EMFILE || code == -ENFILE;
}

const char *dmaload_version(void)
{
	return DMALOAD_VERSION;
}
