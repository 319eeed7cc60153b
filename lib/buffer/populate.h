/* SPDX-License-Identifier: MIT */
/*
 * Receives: a mapped buffer without pages, and maybe without a dma-buf.
 * Hands on: both, by a background thread; or the error.
 * Always:   when the thread has ended, the buffer is as its source promises, or
 *           there is an error. Calls that need it wait for that.
 */
#ifndef POPULATE_H
#define POPULATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

struct dmaload_buffer;
struct populate;

/*
 * Start the thread; it begins after another one, unless that is NULL. It takes
 * ownership of the device's fd, even on failure; -1: none, or not yet. Return 0
 * or -errno.
 */
int populate_start(struct dmaload_buffer *buffer, int device,
		   struct populate *after, struct dmaload_error *err);

/* Return true if there is nothing to wait for. */
bool populate_is_done(const struct populate *populate);

/* Wait until the buffer is made. Return 0, or the error if it cannot be
 * made. */
int populate_wait(struct populate *populate, struct dmaload_error *err);

/*
 * Populate a range that the CPU will write, wherever the thread is. Return 0,
 * or -ENOMEM if the copy would get SIGBUS.
 */
int populate_range(struct populate *populate, uint64_t offset, uint64_t length,
		   struct dmaload_error *err);

/* Wait for the thread if it is close to end, before the kernel writes up to
 * there. */
void populate_wait_near(struct populate *populate, uint64_t end);

/* Return the time it took, in ns, between two times; 0 if it is not done. */
uint64_t populate_ns(const struct populate *populate, uint64_t begin,
		     uint64_t end);

/* Let the thread end soon, with an error. */
void populate_stop(struct populate *populate);

/* Stop the thread and free it, before the buffer is unmapped. */
void populate_destroy(struct populate *populate);

#endif
