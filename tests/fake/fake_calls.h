/* SPDX-License-Identifier: MIT */
/* The calls of the model: let them fail, and count them. */
#ifndef FAKE_CALLS_H
#define FAKE_CALLS_H

/* The calls that can fail. FAKE_READ is the result of a read or a write of the
 * ring. */
enum fake_call {
	FAKE_OPEN,
	FAKE_DUP,
	FAKE_GET_FLAGS,
	FAKE_SET_FLAGS,
	FAKE_STAT_PATH,
	FAKE_STAT_FD,
	FAKE_STAT_DIRECT,
	FAKE_MAY_MINCORE,
	FAKE_SIZE,
	FAKE_BLOCK_DEVICE_SIZE,
	FAKE_FS_MAGIC,
	FAKE_LIST,
	FAKE_READ_TEXT,
	FAKE_READ_AT,
	FAKE_WRITE_AT,
	FAKE_READ_STREAM,
	FAKE_WAIT_READABLE,
	FAKE_ALLOCATE,
	FAKE_WRITE_BACK,
	FAKE_FSYNC,
	FAKE_EVENT,
	FAKE_MAP,
	FAKE_MADVISE,
	FAKE_PAGEMAP,
	FAKE_FADVISE,
	FAKE_CACHESTAT,
	FAKE_MINCORE,
	FAKE_EXTENTS,
	FAKE_COPY_MAPPED,
	FAKE_MEMFD_CREATE,
	FAKE_TRUNCATE,
	FAKE_SEAL,
	FAKE_HEAP_ALLOC,
	FAKE_UDMABUF,
	FAKE_THREAD,
	FAKE_SYNC,
	FAKE_RING_CREATE,
	FAKE_THREADS_CREATE,
	FAKE_RING_REGISTER,
	FAKE_RING_SUBMIT,
	FAKE_RING_WAIT,
	FAKE_READ,
	FAKE_RING_CHECK,
	/* These cannot fail, or nobody looks whether they did. */
	FAKE_CLOSE,
	FAKE_UNMAP,
	FAKE_PID,
	FAKE_NAP,
	FAKE_EVENT_RAISE,
	FAKE_EVENT_LOWER,
	FAKE_JOIN,
	FAKE_LIMIT,
	FAKE_HOLD,
	FAKE_RING_UNREGISTER,
	FAKE_RING_DISOWN,
	FAKE_IDLE,
	FAKE_CALLS,
};

/*
 * From the first call of a kind on, counted from 1, fail so many of them (0: all)
 * with a code. For FAKE_READ a positive code is a short read of so many bytes.
 */
void fake_fail_calls(enum fake_call call, unsigned first, unsigned times,
		     int code);

/*
 * Fail call number n of all kinds, counted from 1, with one of the codes that are
 * plausible for it. fake_failed() names the call, and is NULL where there was no
 * such call, or no such code.
 */
void fake_fail_nth(unsigned n, unsigned variant);
/* Fail one call in so many, by fake_world::seed, with any plausible code. */
void fake_fail_at_random(unsigned one_in);
void fake_fail_nothing(void);
const char *fake_failed(void);
/* Return how many calls have failed so. */
unsigned fake_failures(void);
unsigned fake_count(enum fake_call call);

/*
 * All calls since fake_reset() or fake_count_anew(), as "open 1, map 2": those that
 * there were, in the order of enum fake_call. Static memory. The clock and the size
 * of a page, which cost no system call, are not among them.
 */
void fake_count_anew(void);
const char *fake_counts(void);

#endif
