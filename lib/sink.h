/* SPDX-License-Identifier: MIT */
/*
 * Receives: a chunk's bytes in the bounce pool.
 * Hands on: the wanted ones, to their place in the mapping, or the news that
 *           they differ from what is there.
 * Always:   nothing outside of the chunk's wanted bytes is touched.
 */
#ifndef SINK_H
#define SINK_H

struct load;
struct chunk;

int sink_copy(struct load *load, const struct chunk *chunk, const void *data);
int sink_compare(struct load *load, const struct chunk *chunk,
		 const void *data);

#endif
