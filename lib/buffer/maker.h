/* SPDX-License-Identifier: MIT */
/*
 * Receives: a buffer that is mapped, and has no pages yet, nor perhaps a dma-buf.
 * Hands on: both, in time, by a thread of its own; and what kept it from that.
 * Always:   the buffer is as its source promises, or there is a reason why not, when
 *           the thread has ended; who needs it waits for that.
 */
#ifndef MAKER_H
#define MAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/error.h>

struct dmaload_buffer;
struct maker;

/*
 * Begin; after another maker has ended, unless that is NULL. The fd of a device is the
 * maker's, also on failure; -1: there is none, or none yet. 0 or -errno.
 */
int maker_start(struct dmaload_buffer *buffer, int device, struct maker *after,
		struct dmaload_error *err);

/* Return true if there is nothing to wait for. */
bool maker_is_done(const struct maker *maker);

/* 0 when the buffer is made, or the reason why it will not be. */
int maker_wait(struct maker *maker, struct dmaload_error *err);

/*
 * Have the pages of a part of the mapping, that the CPU is to write, be the thread
 * there yet or not: 0 or -ENOMEM, where the copy would meet SIGBUS.
 */
int maker_reach(struct maker *maker, uint64_t offset, uint64_t length,
		struct dmaload_error *err);

/* Before the kernel writes up to here: let a thread that is close by be first. */
void maker_follow(struct maker *maker, uint64_t end);

/* How long it took, in ns, between two times; 0 as long as it is not done. */
uint64_t maker_took(const struct maker *maker, uint64_t begin, uint64_t end);

/* Nobody needs it any more: it ends soon, as a failure. */
void maker_stop(struct maker *maker);

/* End it, wherever it stands, and free it; before the mapping goes. */
void maker_destroy(struct maker *maker);

#endif
