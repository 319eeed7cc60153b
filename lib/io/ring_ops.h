/* SPDX-License-Identifier: MIT */
/*
 * Receives: the requests of ring.h.
 * Hands on: what each engine does about them.
 * Always:   every slot is filled; what ring.h says of a function holds for its slot.
 */
#ifndef RING_OPS_H
#define RING_OPS_H

#include "io/ring.h"

struct ring_ops {
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

/* The first member of each engine's own. */
struct ring {
	const struct ring_ops *ops;
	/* Kept by the engine. */
	unsigned in_flight;
};

extern const struct ring_ops ring_uring;
extern const struct ring_ops ring_threads;

#endif
