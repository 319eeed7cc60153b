/* SPDX-License-Identifier: MIT */
/*
 * Receives: a buffer that is mapped, and has no pages yet, nor perhaps a dma-buf.
 * Hands on: both, in time, by a thread of its own; and what kept it from that.
 * Always:   the buffer is as its source promises, or there is a reason why not, when
 *           the thread has ended; who needs it waits for that.
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
 * Begin; after another maker has ended, unless that is NULL. The fd of a device is the
 * maker's, also on failure; -1: there is none, or none yet. 0 or -errno.
 */
int populate_start(struct dmaload_buffer *buffer, int device,
		   struct populate *after,
		   struct dmaload_error *err);

/* Return true if there is nothing to wait for. */
bool populate_is_done(const struct populate *populate);

/* 0 when the buffer is made, or the reason why it will not be. */
int populate_wait(struct populate *populate, struct dmaload_error *err);

/*
 * Have the pages of a part of the mapping, that the CPU is to write, be the thread
 * there yet or not: 0 or -ENOMEM, where the copy would meet SIGBUS.
 */
int populate_range(struct populate *populate, uint64_t offset, uint64_t length,
		   struct dmaload_error *err);

/* Before the kernel writes up to here: let a thread that is close by be first. */
void populate_wait_near(struct populate *populate, uint64_t end);

/* How long it took, in ns, between two times; 0 as long as it is not done. */
uint64_t populate_ns(const struct populate *populate, uint64_t begin,
		     uint64_t end);

/* Nobody needs it any more: it ends soon, as a failure. */
void populate_stop(struct populate *populate);

/* End it, wherever it stands, and free it; before the mapping goes. */
void populate_destroy(struct populate *populate);

#endif
