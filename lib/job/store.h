/* SPDX-License-Identifier: MIT */
/*
 * Receives: the files that a store writes to.
 * Hands on: space before the first write, the order of direct and buffered writes,
 *           writeback behind the buffered ones.
 * Always:   what was reported as stored has been written, not only cached; and is
 *           durable if that was asked for.
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

/* Allocate what lies beyond the files' ends. 0 or -errno; store_end() follows. */
int store_begin(struct load *load);

/* Before a chunk is written by a path: wait until that may be. 0, PATH_DEFERRED where
 * it is put by, or -errno. */
int store_turn(struct load *load, const struct slot *slot,
	       const struct path_ops *path);

/* Return true if nothing of the plan may be begun before the edges are
 * written. */
bool store_is_held(const struct load *load);

/* If nothing but the edges is missing of the priority, write them. 0 or -errno. */
int store_edges(struct load *load);

/* All bytes of the plan before this position are written, but for what the pump has. */
uint64_t store_position(const struct load *load, uint64_t position);

/* A chunk was written by O_DIRECT. */
void store_wrote_directly(struct load *load, const struct slot *slot);

/* A chunk went into the page cache: keep its dirty pages few. 0 or -errno. */
int store_wrote(struct load *load, struct load_file *load_file,
		const struct chunk *chunk);

/* Write back, learn the files' sizes. The result of the store. */
int store_end(struct load *load, int result);

/* For store*.c: write dirty pages back, and wait for them or not. 0 or -errno. */
int store_write_back(struct load *load, struct load_file *load_file,
		     struct interval interval, bool wait);
/* Wait for all that is in flight, have it on the disk, and leave all files. 0 or
 * -errno. */
int store_settle(struct load *load);
/* Leave all files as they are, since the store has failed. */
void store_abandon(struct load *load);
/* Make sure that bytes written directly are on the disk, and no old ones are in
 * the page cache. */
int store_prove(struct load *load, struct load_file *record);

#endif
