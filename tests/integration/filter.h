/* SPDX-License-Identifier: MIT */
/*
 * System calls that a host does not grant, as the seccomp filter of a sandbox does not: from
 * now on, in the calling thread, its threads and its children. All of them assert that the
 * kernel takes the filter.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stddef.h>

/* A call that is refused fails with a positive errno value, as in a
 * container, */
/* or it sends SIGSYS, as Android's filter for apps does, */
#define FILTER_TRAP (-1)
/* or the process ends, as that of a systemd service whose filter has no errno. */
#define FILTER_KILL (-2)

void filter_calls(const int *calls, size_t count, int what);

/* Io_uring, all of it. */
void filter_io_uring(int what);

/* Prctl(2) with all options but a few that do not ask about filters. */
void filter_prctl(int what);

/* All that has come after Linux 3.17, but what libc does without being asked. */
void filter_newer(int what);

/*
 * All but what the library may call under DMALOAD_SYSCALLS_OLD, or BASIC; a
 * call that is not in the list of old ones is one that a filter in use may not
 * know. A few calls of libc and the tests themselves are let through, too.
 */
void filter_all_but_old(int what);
void filter_all_but_basic(int what);

/* By a word of the command line: "trap", "kill", "eperm" or "enosys"; 0: none of them. */
int filter_named(const char *word);

#endif
