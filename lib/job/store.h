/* SPDX-License-Identifier: MIT */
/*
 * Receives: the files that a store writes to.
 * Hands on: space before the first write, the order of direct and buffered
 *           writes, writeback behind the buffered ones.
 * Always:   stored bytes have been written to the disk and not only cached;
 *           they are durable if the caller requested that.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

struct load;
struct load_file;
struct path_ops;
struct slot;

/* Allocate space beyond the ends of the files. Return 0 or -errno; store_end()
 * follows. */
int store_begin(struct load *load);

/* Wait until a path may write a chunk. Return 0, PATH_DEFERRED if the chunk was
 * put aside, or -errno. */
int store_turn(struct load *load, const struct slot *slot,
	       const struct path_ops *path);

/* Return true if nothing of the plan may begin before the edges are written. */
bool store_is_held(const struct load *load);

/* Write the edges, if nothing else of the priority is missing. Return 0 or
 * -errno. */
int store_edges(struct load *load);

/* Return the position before which all bytes are written, given that position
 * of the pipeline. */
uint64_t store_position(const struct load *load, uint64_t position);

/* Record that a chunk was written with O_DIRECT. */
void store_wrote_directly(struct load *load, const struct slot *slot);

/* Limit the dirty pages after a chunk was written to the page cache. Return 0
 * or -errno. */
int store_wrote(struct load *load, struct load_file *load_file,
		const struct chunk *chunk);

/* Wait for all requests in flight, write them back, and leave all files. This
 * may read the buffers, so they are in a bracket. Return 0 or -errno. */
int store_settle(struct load *load);

/* After store_settle() or a failure: leave the files as they are, make them
 * durable, and learn their sizes. Return the result of the store. */
int store_end(struct load *load, int result);

/* For store*.c: write dirty pages back, and optionally wait. Return 0 or
 * -errno. */
int store_write_back(struct load *load, struct load_file *load_file,
		     struct interval interval, bool wait);
/* Leave all files as they are after a failure. */
void store_abandon(struct load *load);
/* Check that directly written bytes are on the disk, and that the page cache
 * has no old ones. */
int store_prove(struct load *load, struct load_file *record);

#endif
