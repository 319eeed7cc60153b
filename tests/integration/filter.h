/* SPDX-License-Identifier: MIT */
/*
 * Refuse system calls by a seccomp filter, as a sandbox does: from now on, in
 * the calling thread, its new threads and its children. All functions assert
 * that the kernel accepts the filter.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>

/* The fate of a refused call. A positive errno value: the call fails with it,
 * as in a container. */
/* The process gets SIGSYS, as Android's filter for apps does. */
#define FILTER_TRAP (-1)
/* The process ends, as a systemd service whose filter has no errno. */
#define FILTER_KILL (-2)

void filter_calls(const int *calls, size_t count, int what);

/* Refuse all calls of io_uring. */
void filter_io_uring(int what);

/* Refuse prctl(2), except for a few options that do not query filters. */
void filter_prctl(int what);

/* Refuse all calls newer than Linux 3.17, except those that libc makes by
 * itself. */
void filter_newer(int what);

/*
 * Refuse all calls but those that the library makes under DMALOAD_SYSCALLS_OLD,
 * or BASIC. Filters in use may not allow a call that is not in the list of old
 * ones. A few calls of libc and of the tests are allowed, too.
 */
void filter_all_but_old(int what);
void filter_all_but_basic(int what);

/* Return what a word of the command line stands for: "trap", "kill", "eperm" or
 * "enosys"; 0: another word. */
int filter_named(const char *word);

/* Return the name of an errno value with which the tests refuse a call. */
const char *filter_errno_name(int code);

#endif
