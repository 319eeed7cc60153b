/* SPDX-License-Identifier: MIT */
/*
 * Receives: reads and writes, each with a tag.
 * Hands on: their results, in whatever order they arrive, from one of two engines.
 * Always:   one that the kernel has accepted is counted until it is reaped.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dmaload/report.h>

struct ring;

struct ring_request {
	bool write;
	int fd;
	void *data;
	uint32_t length;
	uint64_t offset;
	/* The data lies in the memory that was registered. */
	bool registered;
	unsigned tag;
};

/* 0 or -errno: EPERM or ENOSYS where io_uring is forbidden, EAGAIN where not one
 * thread can be started. */
int ring_create(struct ring **out, enum dmaload_engine engine, unsigned depth);
/* Nothing may be in flight. NULL is ignored. Registered memory stays pinned and
 * charged for a while; the calls are old ones. */
void ring_destroy(struct ring *ring);

/* Pin memory once for all reads; replaces what was registered before. 0 or -errno:
 * EOPNOTSUPP where the engine has no means to. */
int ring_register(struct ring *ring, void *memory, size_t length);

/* Nothing happens if nothing is registered. */
void ring_unregister(struct ring *ring);

/* Check that a ring that was made before may still be used: 0 or -errno, as by
 * ring_create(). */
int ring_check(struct ring *ring);

/* In a child of fork(): close the fds that were inherited. The memory stays. */
void ring_disown(struct ring *ring);

/* Queue a request; at most depth are queued or in flight at a time. */
void ring_queue(struct ring *ring, const struct ring_request *request);

/*
 * Submit what is queued and, if told to, wait for a completion. 0 or -errno; EINTR, EAGAIN
 * and EBUSY are to be called again. After any other error what is still queued
 * is never submitted: only ring_wait() remains.
 */
int ring_submit(struct ring *ring, bool wait);

/* Wait for a completion without submitting, until ns on CLOCK_MONOTONIC, 0: for ever. 0 or
 * -errno; -ETIME when the time has come. */
int ring_wait(struct ring *ring, uint64_t until);

/* Have the next waits ended by ring_wake(), as far as that can be had. */
void ring_arm(struct ring *ring);
/* End the wait of another thread that has armed the ring, or its next one. Any thread. */
void ring_wake(struct ring *ring);

/* Take a completion, if one has arrived: the bytes moved, or -errno. */
bool ring_reap(struct ring *ring, unsigned *tag, int *result);

/* Requests for which the kernel may still use memory. */
unsigned ring_in_flight(const struct ring *ring);

#endif
