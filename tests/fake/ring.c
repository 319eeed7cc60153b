/* SPDX-License-Identifier: MIT */
/*
 * The ring. From the submission of a read to its completion, the kernel owns
 * the memory: submission fills it with POISON, completion with data. The test
 * chooses the order of completions. So a reader that comes too early, or uses a
 * slot twice, gets wrong bytes.
 */
#include "flights.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *ring_absent(enum dmaload_engine engine)
{
	return engine == DMALOAD_ENGINE_URING ? fake.no_io_uring : NULL;
}

int ring_create(struct ring **out, enum dmaload_engine engine, unsigned depth)
{
	FAKE_LOCKED;
	int r = fake_enter(engine == DMALOAD_ENGINE_THREADS ?
			   FAKE_THREADS_CREATE : FAKE_RING_CREATE);
	struct ring *ring;

	if (ring_absent(engine))
		return -ENOSYS;

	if (engine == DMALOAD_ENGINE_URING)
		fake_filter(DMALOAD_SYSCALLS_ALL);
	if (r < 0)
		return r;
	if (depth == 0 || depth > READS_MAX)
		fake_trap("a ring of depth %u", depth);
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		fake_trap("no memory");
	ring->engine = engine;
	ring->depth = depth;
	rings_add(ring);
	*out = ring;
	return 0;
}

void ring_destroy(struct ring *ring)
{
	FAKE_LOCKED;
	if (!ring)
		return;
	if (ring_in_flight(ring) > 0)
		fake_trap("the ring is destroyed with reads in flight");
	/* It would stay pinned and charged until the kernel releases it. */
	if (ring->memory && !fake_may_have_filter())
		fake_trap("the ring is destroyed with its memory registered");
	rings_remove(ring);
}

/* The system calls of threads are old ones; those of io_uring are not. */
static void enter_ring(const struct ring *ring)
{
	if (ring->engine == DMALOAD_ENGINE_URING)
		fake_filter(DMALOAD_SYSCALLS_ALL);
}

int ring_register(struct ring *ring, void *memory, size_t length)
{
	FAKE_LOCKED;
	const struct fake_map *map = fake_map_find(memory, length);
	int r = fake_enter(FAKE_RING_REGISTER);

	enter_ring(ring);
	ring->memory = NULL;
	ring->length = 0;
	if (ring->engine == DMALOAD_ENGINE_THREADS)
		return -EOPNOTSUPP;
	if (r < 0)
		return r;
	if (!map || (map->node && map->node->pfnmap))
		return -EFAULT;
	ring->memory = memory;
	ring->length = length;
	return 0;
}

void ring_unregister(struct ring *ring)
{
	FAKE_LOCKED;
	if (!ring->memory)
		return;
	fake_note(FAKE_RING_UNREGISTER);
	enter_ring(ring);
	ring->memory = NULL;
	ring->length = 0;
}

int ring_check(struct ring *ring)
{
	FAKE_LOCKED;
	enter_ring(ring);
	return ring->engine == DMALOAD_ENGINE_THREADS ? 0 :
	       fake_enter(FAKE_RING_CHECK);
}

/* Nothing to release: only the child's copy goes away. */
void ring_disown(struct ring *ring)
{
	FAKE_LOCKED;
	fake_note(FAKE_RING_DISOWN);
	(void)ring;
}

void ring_arm(struct ring *ring)
{
	FAKE_LOCKED;
	ring->armed = true;
}

void ring_wake(struct ring *ring)
{
	FAKE_LOCKED;
	ring->woken = ring->armed;
	fake_wake();
}

static void check_request(const struct ring *ring,
			  const struct ring_request *request)
{
	const unsigned char *data = request->data;
	unsigned i;

	if (ring->broken)
		fake_trap("a read is queued on a ring that has failed");
	if (ring->n_queued + ring_in_flight(ring) >= ring->depth)
		fake_trap("more reads than the ring is deep");
	if (request->length == 0 || !fake_map_find(data, request->length))
		fake_trap("a read of %u bytes goes beyond its memory",
			  request->length);
	if (request->registered && (data < ring->memory || data + request->length >
						ring->memory + ring->length))
		fake_trap("a read outside of the registered memory");
	/* Two writes may share memory. */
	if (request->write)
		return;
	if (fake_ring_touches(data, request->length))
		fake_trap("two reads in flight share memory");
	for (i = 0; i < ring->n_queued; i++)
		if (flight_overlaps(&ring->queued[i], data, request->length))
			fake_trap("two queued reads share memory");
}

void ring_queue(struct ring *ring, const struct ring_request *request)
{
	FAKE_LOCKED;
	check_request(ring, request);
	ring->queued[ring->n_queued++] = (struct flight){ .request = *request };
}

static int wait_here(struct ring *ring, uint64_t until)
{
	if (ring->n_done > 0)
		return 0;
	if (ring->n_flying == 0)
		fake_trap("waiting for a read, and none is in flight");
	flights_land(ring);
	while (ring->n_done == 0 && !ring->woken) {
		if (until != 0 && sys_now() >= until)
			return -ETIME;
		fake_wait(until);
		flights_land(ring);
	}
	ring->armed &= !ring->woken;
	ring->woken = false;
	return 0;
}

int ring_submit(struct ring *ring, bool wait)
{
	FAKE_LOCKED;
	unsigned most = fake.submit_most ? fake.submit_most : READS_MAX;
	int r = fake_enter(FAKE_RING_SUBMIT);

	enter_ring(ring);
	if (ring->broken)
		fake_trap("submitting to a ring that has failed");
	ring->broken = r < 0 && r != -EINTR && r != -EAGAIN && r != -EBUSY;
	if (r < 0)
		return r;
	while (ring->n_queued > 0 && most-- > 0)
		flights_begin(ring);
	/* A caller that does not wait may find a completion nevertheless. */
	if (!wait && ring->n_flying > 0 && fake_random() % 2)
		flights_land(ring);
	return wait ? wait_here(ring, 0) : 0;
}

int ring_wait(struct ring *ring, uint64_t until)
{
	FAKE_LOCKED;
	int r = fake_enter(FAKE_RING_WAIT);

	enter_ring(ring);
	if (r == 0)
		return wait_here(ring, until);
	/* The disk goes on all the same. */
	flights_land(ring);
	return r;
}

bool ring_reap(struct ring *ring, unsigned *tag, int *result)
{
	FAKE_LOCKED;
	if (ring->n_done == 0)
		return false;
	*tag = ring->done[0].request.tag;
	*result = (int)ring->done[0].result;
	ring->n_done--;
	memmove(ring->done, ring->done + 1,
		ring->n_done * sizeof(ring->done[0]));
	return true;
}

unsigned ring_in_flight(const struct ring *ring)
{
	FAKE_LOCKED;
	return ring->n_flying + ring->n_done;
}
