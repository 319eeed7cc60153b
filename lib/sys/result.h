/* SPDX-License-Identifier: MIT */
/*
 * Receives: the return value of a libc function.
 * Hands on: the same, or -errno.
 * Always:   for lib/sys only.
 */
#ifndef SYS_RESULT_H
#define SYS_RESULT_H

#include <errno.h>

static inline int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

#endif
