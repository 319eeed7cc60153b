/* SPDX-License-Identifier: MIT */
/*
 * Receives: reads and writes, each with a tag.
 * Hands on: their results, in any order, from one of two engines.
 * Always:   a request that the kernel has accepted is counted until it is
 *           reaped.
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
	/* The data lies in registered memory. */
	bool registered;
	unsigned tag;
};

/* Return why an engine is not built in, or NULL if it is. Static memory. */
const char *ring_absent(enum dmaload_engine engine);

/* Create a ring. Return 0 or -errno: EPERM or ENOSYS if io_uring is forbidden,
 * EAGAIN if no thread can be started. */
int ring_create(struct ring **out, enum dmaload_engine engine, unsigned depth);
/* Destroy a ring, or ignore NULL. Nothing may be in flight. Registered memory
 * stays pinned and charged for a while. Uses only old system calls. */
void ring_destroy(struct ring *ring);

/* Pin memory once for all reads; it replaces what was registered before. Return
 * 0 or -errno: EOPNOTSUPP if the engine cannot. */
int ring_register(struct ring *ring, void *memory, size_t length);

/* Unregister the memory, if there is any. */
void ring_unregister(struct ring *ring);

/* Check that an existing ring may still be used. Return 0, or -errno as
 * ring_create() does. */
int ring_check(struct ring *ring);

/* Close the inherited fds in a child of fork(). The memory stays. */
void ring_disown(struct ring *ring);

/* Queue a request. At most depth requests are queued or in flight at a time. */
void ring_queue(struct ring *ring, const struct ring_request *request);

/*
 * Submit the queued requests, and optionally wait for a completion. Return 0 or
 * -errno. Call it again after EINTR, EAGAIN and EBUSY. After any other error,
 * queued requests are never submitted, and only ring_wait() may be called.
 */
int ring_submit(struct ring *ring, bool wait);

/* Wait for a completion without submitting, until ns on CLOCK_MONOTONIC, 0:
 * without a limit. Return 0 or -errno; -ETIME at the time limit. */
int ring_wait(struct ring *ring, uint64_t until);

/* Let ring_wake() end the next wait, if the engine supports that. */
void ring_arm(struct ring *ring);
/* End the wait of another thread that has armed the ring, or its next one. Any
 * thread may call it. */
void ring_wake(struct ring *ring);

/* Take a completion, if one has arrived: the bytes moved, or -errno. */
bool ring_reap(struct ring *ring, unsigned *tag, int *result);

/* Return how many requests have memory that the kernel may still use. */
unsigned ring_in_flight(const struct ring *ring);

#endif
