/* SPDX-License-Identifier: MIT */
/*
 * Receives: which system calls the caller permits, and what /proc says of the thread.
 * Hands on: whether a call of some level may be made, and if not all may, why.
 * Always:   asked anew for each load, since a filter may be installed at any time.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

#include <dmaload/report.h>

/* The calls that a thread may make, and in words why not all. A filter belongs
 * to a thread, and so does this. */
struct filter {
	/* AUTO: it is to be asked for. */
	enum dmaload_syscalls level;
	const char *fact;
	const char *remedy;
	/* The answer holds until filter_leave(). */
	bool entered;
};

/* Decide for what follows in this thread: now, or when it is first needed. */
struct filter filter_enter(enum dmaload_syscalls wanted);
/* Returns what was decided, if anything was; before is what filter_enter() returned. */
struct filter filter_leave(struct filter before);

/* Return the state at the beginning of a load: to be asked for, unless the
 * caller rules. */
struct filter filter_begin(enum dmaload_syscalls wanted);
/* Go on with what was decided before, for one of several loads that a thread does in turn.
 * Returns what held until now. */
struct filter filter_swap(struct filter next);

/* Return the state that holds now. */
struct filter filter_now(void);
/* Return true if calls of this level may be made. */
bool filter_permits(enum dmaload_syscalls level);

/* Return the meaning of /proc/thread-self/status and /proc/self/cgroup; NULL:
 * the file cannot be read. No system call. */
struct filter filter_of(const char *status, const char *cgroup);

#endif
