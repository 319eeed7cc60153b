/* SPDX-License-Identifier: MIT */
/*
 * Receives: the return value of a libc function, or the request of an ioctl.
 * Hands on: its result, or -errno.
 * Always:   for lib/sys only.
 */
#ifndef SYS_RESULT_H
#define SYS_RESULT_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

/* The ioctl() of musl takes an int, which has no room for the requests that
 * read. */
static inline int control(int fd, unsigned long request, void *arg)
{
	return result(syscall(SYS_ioctl, fd, request, arg));
}

#endif
