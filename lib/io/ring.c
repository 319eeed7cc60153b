/* SPDX-License-Identifier: MIT */
#include "io/ring.h"

#include <assert.h>

#include "io/ring_ops.h"

static const struct ring_ops *const engines[] = {
	[DMALOAD_ENGINE_URING] = &ring_uring,
	[DMALOAD_ENGINE_THREADS] = &ring_threads,
};

const char *ring_absent(enum dmaload_engine engine)
{
	return engines[engine]->absent;
}

int ring_create(struct ring **out, enum dmaload_engine engine, unsigned depth)
{
	return engines[engine]->create(out, depth);
}

void ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	assert(ring->in_flight == 0);
	ring->ops->destroy(ring);
}

int ring_register(struct ring *ring, void *memory, size_t length)
{
	return ring->ops->pin(ring, memory, length);
}

void ring_unregister(struct ring *ring)
{
	ring->ops->unpin(ring);
}

int ring_check(struct ring *ring)
{
	return ring->ops->check(ring);
}

void ring_disown(struct ring *ring)
{
	ring->ops->disown(ring);
}

void ring_queue(struct ring *ring, const struct ring_request *request)
{
	ring->ops->queue(ring, request);
}

int ring_submit(struct ring *ring, bool wait)
{
	return ring->ops->submit(ring, wait);
}

int ring_wait(struct ring *ring, uint64_t until)
{
	return ring->ops->wait(ring, until);
}

void ring_arm(struct ring *ring)
{
	ring->ops->arm(ring);
}

void ring_wake(struct ring *ring)
{
	ring->ops->wake(ring);
}

bool ring_reap(struct ring *ring, unsigned *tag, int *result)
{
	return ring->ops->reap(ring, tag, result);
}

unsigned ring_in_flight(const struct ring *ring)
{
	return ring->in_flight;
}
