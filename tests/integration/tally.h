/* SPDX-License-Identifier: MIT */
/*
 * Count system calls as a debugger does: another process stops this one at each
 * call. It sees this thread, and the threads that it starts.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define TALLY_NUMBERS 512
#define TALLY_DROPS 4096

/* The machine's number of posix_fadvise(). */
#ifdef SYS_arm_fadvise64_64
#define SYS_FADVISE SYS_arm_fadvise64_64
#else
#define SYS_FADVISE SYS_fadvise64
#endif

struct tally {
	/* All calls except those of the clock: they are calls only where the
	 * vDSO cannot read it. */
	uint64_t calls;
	/* Calls by their number. */
	uint64_t of[TALLY_NUMBERS];
	/* Requests submitted by io_uring_enter(2). */
	uint64_t submitted;
	/* The ranges of POSIX_FADV_DONTNEED; end 0: to the end of the file. */
	struct { uint64_t start, end; } drops[TALLY_DROPS];
	size_t n_drops;
	/* Page faults of all threads of the process, including those of pinned
	 * memory. */
	uint64_t minor_faults;
	uint64_t major_faults;
};

/* Fixtures of a group or a test. The tracer starts first: a fork causes faults
 * of memory that is written later. */
int tally_start(void **state);
int tally_stop(void **state);

/* Count the calls between these two. Nothing in between may end the test. */
void tally_begin(void);
const struct tally *tally_end(void);

/* Return true if a page of this range, of any file, was to be dropped. */
bool tally_dropped(const struct tally *tally, uint64_t offset, uint64_t length);

#endif
