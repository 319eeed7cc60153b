/* SPDX-License-Identifier: MIT */
/*
 * Receives: the requests of ring.h.
 * Hands on: how each engine serves them.
 * Always:   every slot of an engine that is built in is filled; the comments of
 *           ring.h hold for the slots.
 */
#ifndef RING_OPS_H
#define RING_OPS_H

#include "io/ring.h"

struct ring_ops {
	/* Why the engine is not built in: then only create is filled. NULL: it
	 * is. */
	const char *absent;
	int (*create)(struct ring **out, unsigned depth);
	void (*destroy)(struct ring *ring);
	int (*pin)(struct ring *ring, void *memory, size_t length);
	void (*unpin)(struct ring *ring);
	int (*check)(struct ring *ring);
	void (*disown)(struct ring *ring);
	void (*queue)(struct ring *ring, const struct ring_request *request);
	int (*submit)(struct ring *ring, bool wait);
	int (*wait)(struct ring *ring, uint64_t until);
	void (*arm)(struct ring *ring);
	void (*wake)(struct ring *ring);
	bool (*reap)(struct ring *ring, unsigned *tag, int *result);
};

/* The first member of each engine's ring. */
struct ring {
	const struct ring_ops *ops;
	/* Updated by the engine. */
	unsigned in_flight;
};

extern const struct ring_ops ring_uring;
extern const struct ring_ops ring_threads;

#endif
