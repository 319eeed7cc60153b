/* SPDX-License-Identifier: MIT */
/*
 * Receives: a read that came back, and how far its chunk was before.
 * Hands on: what to do about it.
 * Always:   the one place that says which error means what. No system call.
 */
#ifndef IO_H
#define IO_H

#include <stdint.h>

struct chunk;

enum io_result {
	/* All that is wanted of the chunk is there. */
	IO_DONE,
	/* A part is there: read on from progress. */
	IO_MORE,
	/* Nothing happened: the same again. */
	IO_AGAIN,
	/* This way of reading does not work here; another may. */
	IO_DECLINE,
	/* Not a block more, and no error: as at the end of a file. */
	IO_SHORT,
	/* The file cannot be read. */
	IO_FAIL,
};

/*
 * progress: bytes of the chunk that have arrived, in whole blocks; in and out.
 * result: what the read returned, bytes or -errno.
 */
enum io_result io_result_of(const struct chunk *chunk, uint32_t block,
			int64_t result, uint32_t *progress);

/* Return whether an error of opening, pinning or reading leaves other ways
 * open. */
enum io_result io_result_of_error(int code);

#endif
