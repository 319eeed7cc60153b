/* SPDX-License-Identifier: MIT */
/*
 * How often the kernel was called, as a debugger sees it: by a process that stops
 * this one at each call. What it sees is this thread and those that it starts.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#define TALLY_NUMBERS 512

struct tally {
	/* All, but those of the clock, which is a call only where the vDSO cannot
	 * read it. */
	uint64_t calls;
	/* By their numbers. */
	uint64_t of[TALLY_NUMBERS];
	/* What io_uring_enter(2) was given to submit. */
	uint64_t submitted;
	/* Of all threads of the process; also those of memory that is pinned. */
	uint64_t minor_faults;
	uint64_t major_faults;
};

/* Fixtures of a group: the process that looks on comes first, since a fork makes
 * faults of what is written after it. */
int tally_start(void **state);
int tally_stop(void **state);

/* What lies between these is counted. Nothing in between may end the test. */
void tally_begin(void);
const struct tally *tally_end(void);

#endif
