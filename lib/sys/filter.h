/* SPDX-License-Identifier: MIT */
/*
 * Receives: which system calls the caller permits, and what /proc reports for
 *           the thread.
 * Hands on: whether a call of some level may be made; and the reason if not all
 *           may.
 * Always:   queried again for each load, since a filter may be installed at any
 *           time.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

#include <dmaload/report.h>

/* The system calls that a thread may make, and the reason why not all. A filter
 * belongs to a thread, and so does this. */
struct filter {
	/* AUTO: not queried yet. */
	enum dmaload_syscalls level;
	const char *fact;
	const char *remedy;
	/* The answer holds until filter_leave(). */
	bool entered;
};

/* Decide for the following calls of this thread: now, or when it is first
 * needed. */
struct filter filter_enter(enum dmaload_syscalls wanted);
/* Return what was decided, if anything. before: the result of
 * filter_enter(). */
struct filter filter_leave(struct filter before);

/* Return the state at the beginning of a load: not queried, unless the caller
 * has set a level. */
struct filter filter_begin(enum dmaload_syscalls wanted);
/* Continue with an earlier decision, for one of several loads that a thread
 * moves in turn. Return the decision until now. */
struct filter filter_swap(struct filter next);

/* Return the current decision. */
struct filter filter_now(void);
/* Return true if calls of this level may be made. */
bool filter_permits(enum dmaload_syscalls level);

/* Interpret /proc/thread-self/status and /proc/self/cgroup; NULL: the file
 * cannot be read. No system call. */
struct filter filter_of(const char *status, const char *cgroup);

#endif
