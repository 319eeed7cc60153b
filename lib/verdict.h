/* SPDX-License-Identifier: MIT */
/*
 * Receives: a read that came back, and how far its chunk was before.
 * Hands on: what to do about it.
 * Always:   the one place that says which error means what. No system call.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdint.h>

struct chunk;

enum verdict {
	/* All that is wanted of the chunk is there. */
	VERDICT_DONE,
	/* A part is there: read on from progress. */
	VERDICT_MORE,
	/* Nothing happened: the same again. */
	VERDICT_AGAIN,
	/* This way of reading does not work here; another may. */
	VERDICT_DECLINE,
	/* Not a block more, and no error: as at the end of a file. */
	VERDICT_SHORT,
	/* The file cannot be read. */
	VERDICT_FAIL,
};

/*
 * progress: bytes of the chunk that have arrived, in whole blocks; in and out.
 * result: what the read returned, bytes or -errno.
 */
enum verdict verdict_of(const struct chunk *chunk, uint32_t block,
			int64_t result, uint32_t *progress);

/* Whether an error of opening, pinning or reading leaves other ways open. */
enum verdict verdict_of_error(int code);

#endif
