/* SPDX-License-Identifier: MIT */
/*
 * Receives: a completed read, and how far its chunk was before.
 * Hands on: what to do about it.
 * Always:   the one place that decides which error means what. No system call.
 */
#ifndef IO_H
#define IO_H

#include <stdint.h>

struct chunk;

enum io_result {
	/* All requested bytes of the chunk have arrived. */
	IO_DONE,
	/* Some bytes have arrived: continue at progress. */
	IO_MORE,
	/* Nothing was done: read again. */
	IO_AGAIN,
	/* This way of reading does not work here; another may. */
	IO_DECLINE,
	/* Less than one block more, and no error, as at the end of a file. */
	IO_SHORT,
	/* The file cannot be read. */
	IO_FAIL,
};

/*
 * Decide from the result of a read: bytes or -errno. progress: bytes of the
 * chunk that have arrived, in whole blocks; in and out.
 */
enum io_result io_result_of(const struct chunk *chunk, uint32_t block,
			int64_t result, uint32_t *progress);

/* Decide whether another path may work after an error of opening, pinning or
 * reading. */
enum io_result io_result_of_error(int code);

#endif
