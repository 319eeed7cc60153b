/* SPDX-License-Identifier: MIT */
/*
 * Receives: a system call for which a seccomp filter may end the process.
 * Hands on: its result, as a child found out.
 * Always:   this process makes no such call itself.
 */
#ifndef CALLS_H
#define CALLS_H

/* The results of calls_try() if the call did not return. */
enum { CALLS_TRAPPED = 1, CALLS_KILLED, CALLS_UNKNOWN };

/* Make a call that returns 0 or -errno in a child. Return its result, or one of
 * these. */
int calls_try(int (*call)(void));
/* Return the meaning of such a result, unless it is 0. Static memory. */
const char *calls_text(int result);
/* Set up io_uring and enter it, for calls_try(). */
int calls_io_uring(void);

#endif
