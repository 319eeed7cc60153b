/* SPDX-License-Identifier: MIT */
/*
 * How often the kernel was called, as a debugger sees it: by a process that
 * stops this one at each call. It sees this thread and those that it starts.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define TALLY_NUMBERS 512
#define TALLY_DROPS 4096

/* posix_fadvise() by the name that the machine has for it. */
#ifdef SYS_arm_fadvise64_64
#define SYS_FADVISE SYS_arm_fadvise64_64
#else
#define SYS_FADVISE SYS_fadvise64
#endif

struct tally {
	/* All, but those of the clock, which is a call only where the vDSO cannot
	 * read it. */
	uint64_t calls;
	/* By their numbers. */
	uint64_t of[TALLY_NUMBERS];
	/* Requests that io_uring_enter(2) was given to submit. */
	uint64_t submitted;
	/* Parts that POSIX_FADV_DONTNEED was called for; without end, if end is
	 * 0. */
	struct { uint64_t start, end; } drops[TALLY_DROPS];
	size_t n_drops;
	/* Faults of all threads of the process; also those of memory that is
	 * pinned. */
	uint64_t minor_faults;
	uint64_t major_faults;
};

/* Fixtures of a group, or of one test: the process that looks on comes first, since a
 * fork makes faults of what is written after it. */
int tally_start(void **state);
int tally_stop(void **state);

/* Calls between these are counted. Nothing in between may end the test. */
void tally_begin(void);
const struct tally *tally_end(void);

/* Return true if a page of this part, of any file, was to be dropped. */
bool tally_dropped(const struct tally *tally, uint64_t offset, uint64_t length);

#endif
