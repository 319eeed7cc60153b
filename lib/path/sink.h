/* SPDX-License-Identifier: MIT */
/*
 * Receives: a chunk's bytes outside of the buffer: in the bounce pool, say.
 * Hands on: the wanted ones, to their places in the mapping, or the news that
 *           they differ from what is there; or the other way round.
 * Always:   nothing outside of the chunk's wanted bytes is touched.
 */
#ifndef SINK_H
#define SINK_H

struct load;
struct chunk;

/* Copy what was read into the buffer, or compare it with the buffer. */
int sink_put(struct load *load, const struct chunk *chunk, void *data);

/* Copy from the buffer what is to be written. */
void sink_get(struct load *load, const struct chunk *chunk, void *data);

#endif
