/* SPDX-License-Identifier: MIT */
/*
 * Receives: a chunk's bytes outside of the buffer, for example in the bounce
 *           pool.
 * Hands on: the requested bytes, to their places in the mapping, or from there
 *           for a store; to the caller's transform; or whether they differ, for
 *           a comparison.
 * Always:   only the chunk's requested bytes are touched.
 */
#ifndef SINK_H
#define SINK_H

#include <stdint.h>

struct load;
struct chunk;

/* Copy the bytes read into the buffer, compare them with it, or give them to the
 * transform. */
int sink_put(struct load *load, const struct chunk *chunk, void *data);

/* Give the bytes read to the transform, in any thread. Return 0, or -ECANCELED
 * and the offset in the file of the piece that stopped the load. */
int sink_give(const struct load *load, const struct chunk *chunk, void *data,
	      uint64_t *stopped_at);
/* Copy the bytes read into the buffer, in any thread. All pages of the buffer
 * are there. */
void sink_copy(struct load *load, const struct chunk *chunk, const void *data);
/* Fail the load because of that. Return -ECANCELED. */
int sink_stopped(struct load *load, const struct chunk *chunk,
		 uint64_t stopped_at);

/* Copy the bytes to write from the buffer. */
void sink_get(struct load *load, const struct chunk *chunk, void *data);

#endif
