/* SPDX-License-Identifier: MIT */
/*
 * Receives: a system call that a seccomp filter may end the process for.
 * Hands on: what becomes of it, as a child found out.
 * Always:   this process makes no such call itself.
 */
#ifndef CALLS_H
#define CALLS_H

/* The results of calls_try() where the call did not return. */
enum { CALLS_TRAPPED = 1, CALLS_KILLED, CALLS_UNKNOWN };

/* Make a call that returns 0 or -errno in a child. Return its result, or one of
 * these. */
int calls_try(int (*call)(void));
/* Return the meaning of such a result, unless it is 0. Static memory. */
const char *calls_text(int result);
/* Set up io_uring and enter it: a call to be tried. */
int calls_io_uring(void);

#endif
