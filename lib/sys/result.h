/* SPDX-License-Identifier: MIT */
/*
 * Receives: what a function of libc returned.
 * Hands on: that, or -errno.
 * Always:   for lib/sys alone.
 */
#ifndef SYS_RESULT_H
#define SYS_RESULT_H

#include <errno.h>

static inline int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

#endif
