/* SPDX-License-Identifier: MIT */
/*
 * Receives: the files that a store writes to.
 * Hands on: space before the first write, writeback behind the buffered ones.
 * Always:   what was reported as stored has been written, not only cached; and is
 *           durable if that was asked for.
 */
#ifndef STORE_H
#define STORE_H

struct chunk;
struct load;
struct load_file;

/* Allocate what lies beyond the files' ends. 0 or -errno. */
int store_begin(struct load *load);

/* A chunk went into the page cache: keep its dirty pages few. 0 or -errno. */
int store_wrote(struct load *load, struct load_file *own,
		const struct chunk *chunk);

/* Write back, learn the files' sizes. The result of the store. */
int store_end(struct load *load, int result);

#endif
