/* SPDX-License-Identifier: MIT */
/*
 * The ring. Memory is the kernel's from the submission of a read to its
 * completion: it is filled with POISON at the one and with data at the other, and
 * in an order that the test chooses, so that whoever looks too early, or uses a
 * slot twice, has wrong bytes.
 */
#include "io/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define POISON 0xdb
#define READS_MAX 64
/* No disk keeps a request for ever. */
#define OVERTAKEN_MAX 8

struct flight {
	struct ring_request request;
	/* The result, once it has completed; before, the result that it is to
	 * have: 0 for the bytes of the file. */
	int64_t result;
	/* Later ones that have completed before. */
	unsigned overtaken;
};

struct ring {
	enum dmaload_engine engine;
	unsigned depth;
	struct flight queued[READS_MAX];
	unsigned n_queued;
	struct flight flying[READS_MAX];
	unsigned n_flying;
	struct flight done[READS_MAX];
	unsigned n_done;
	unsigned char *memory;
	size_t length;
	bool broken;
	/* It was armed; the next wait is over. */
	bool armed;
	bool woken;
	struct ring *next;
};

static struct ring *rings;
static unsigned flying_most;
static uint64_t flying_bytes_most;

unsigned fake_rings(void)
{
	FAKE_LOCKED;
	const struct ring *ring;
	unsigned n = 0;

	for (ring = rings; ring; ring = ring->next)
		n++;
	return n;
}

unsigned fake_rings_busy(void)
{
	FAKE_LOCKED;
	const struct ring *ring;
	unsigned n = 0;

	for (ring = rings; ring; ring = ring->next)
		n += ring->n_queued + ring_in_flight(ring) > 0;
	return n;
}

static void remove_ring(struct ring *ring)
{
	struct ring **at = &rings;

	while (*at && *at != ring)
		at = &(*at)->next;
	if (!*at)
		fake_trap("a ring is destroyed that there is not");
	*at = ring->next;
	free(ring);
}

void fake_rings_reset(void)
{
	FAKE_LOCKED;
	while (rings)
		remove_ring(rings);
	fake_flying_anew();
}

unsigned fake_flying_most(uint64_t *bytes)
{
	FAKE_LOCKED;
	*bytes = flying_bytes_most;
	return flying_most;
}

void fake_flying_anew(void)
{
	FAKE_LOCKED;
	flying_most = 0;
	flying_bytes_most = 0;
}

static void note_flying(const struct ring *ring)
{
	uint64_t bytes = 0;
	unsigned i;

	for (i = 0; i < ring->n_flying; i++)
		bytes += ring->flying[i].request.length;
	if (ring->n_flying > flying_most)
		flying_most = ring->n_flying;
	if (bytes > flying_bytes_most)
		flying_bytes_most = bytes;
}

static bool overlaps(const struct flight *flight, const unsigned char *at,
		     size_t length)
{
	const unsigned char *data = flight->request.data;

	return data < at + length && at < data + flight->request.length;
}

/* Return true if a read that has not completed will write there; NULL:
 * anywhere. */
bool fake_ring_touches(const void *at, size_t length)
{
	FAKE_LOCKED;
	const struct ring *ring;
	unsigned i;

	for (ring = rings; ring; ring = ring->next)
		for (i = 0; i < ring->n_flying; i++)
			if (!at || overlaps(&ring->flying[i], at, length))
				return true;
	return false;
}

static bool writes(const struct ring_request *request,
		   const struct fake_node *node, uint64_t offset,
		   uint64_t length)
{
	const uint64_t first = offset / FAKE_PAGE;
	const uint64_t last = (offset + length - 1) / FAKE_PAGE;

	return request->write && fake_node_of(request->fd) == node &&
	       request->offset / FAKE_PAGE <= last &&
	       (request->offset + request->length - 1) / FAKE_PAGE >= first;
}

bool fake_ring_writes(const struct fake_node *node, uint64_t offset,
		      uint64_t length)
{
	FAKE_LOCKED;
	const struct ring *ring;
	unsigned i;

	for (ring = rings; ring; ring = ring->next)
		for (i = 0; i < ring->n_flying; i++)
			if (writes(&ring->flying[i].request, node, offset,
				   length))
				return true;
	return false;
}

int ring_create(struct ring **out, enum dmaload_engine engine, unsigned depth)
{
	FAKE_LOCKED;
	int r = fake_enter(engine == DMALOAD_ENGINE_THREADS ?
			   FAKE_THREADS_CREATE : FAKE_RING_CREATE);
	struct ring *ring;

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
	ring->next = rings;
	rings = ring;
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
	/* It would stay pinned and charged until the kernel comes to it. */
	if (ring->memory && !fake_may_have_filter())
		fake_trap("the ring is destroyed with its memory registered");
	remove_ring(ring);
}

/* A thread's calls are old ones. */
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

/* The child's copy is all that goes. */
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
	/* To write the same bytes twice is allowed. */
	if (request->write)
		return;
	if (fake_ring_touches(data, request->length))
		fake_trap("two reads in flight share memory");
	for (i = 0; i < ring->n_queued; i++)
		if (overlaps(&ring->queued[i], data, request->length))
			fake_trap("two queued reads share memory");
}

void ring_queue(struct ring *ring, const struct ring_request *request)
{
	FAKE_LOCKED;
	check_request(ring, request);
	ring->queued[ring->n_queued++] = (struct flight){ .request = *request };
}

/* The kernel takes the oldest; from now on the memory is its own. */
static void take_off(struct ring *ring)
{
	struct flight flight = ring->queued[0];
	const struct fake_map *map;

	ring->n_queued--;
	memmove(ring->queued, ring->queued + 1,
		ring->n_queued * sizeof(ring->queued[0]));
	flight.result = fake_enter(FAKE_READ);
	map = fake_map_find(flight.request.data, flight.request.length);
	if (!map)
		fake_trap("the memory of a queued read is gone");
	if (!flight.request.write && (!map->node || !map->node->pfnmap))
		memset(flight.request.data, POISON, flight.request.length);
	ring->flying[ring->n_flying++] = flight;
	note_flying(ring);
}

/* The disk takes the bytes that the memory holds now; a short write takes less,
 * and may take a part of a block, which does not count. */
static int64_t perform_write(const struct flight *flight,
			     struct fake_node *node)
{
	const struct ring_request *request = &flight->request;
	const bool is_short = flight->result > 0 &&
			      flight->result < (int64_t)request->length;
	size_t length = request->length;
	int64_t n;

	if (is_short)
		length = (size_t)flight->result / node->block * node->block;
	fake_tick(length);
	n = length == 0 ? 0 : fake_write_direct(node, request->data, length,
						request->offset);
	return is_short && n == (int64_t)length ? flight->result : n;
}

static unsigned cost_of(const struct ring_request *request)
{
	const struct fake_map *map = fake_map_find(request->data,
						   request->length);

	return fake.scattered && map && map->node ? fake.scattered : 1;
}

static int64_t perform(const struct flight *flight, unsigned beside)
{
	const struct ring_request *request = &flight->request;
	struct fake_desc *desc = fake_desc_of(request->fd);
	int64_t n;

	if (flight->result < 0)
		return flight->result;
	if (!desc)
		return -EBADF;
	if (request->write)
		return perform_write(flight, desc->node);
	fake_note_read(desc->node);
	fake_tick(request->length * cost_of(request) +
		  fake.latency / (beside + 1));
	n = fake_read_direct(desc, request->data, request->length,
			     request->offset);
	if (flight->result == 0 || n <= flight->result)
		return n;
	/* A short one: the rest did not arrive. */
	memset((char *)request->data + flight->result, POISON,
	       (size_t)(request->length - flight->result));
	return flight->result;
}

static bool is_stuck(const struct flight *flight)
{
	const struct fake_desc *desc = fake_desc_of(flight->request.fd);

	return desc && desc->node->stuck;
}

/* Those that can complete; they are moved to the front. */
static unsigned count_free(struct ring *ring)
{
	struct flight flight;
	unsigned i, n = 0;

	for (i = 0; i < ring->n_flying; i++) {
		if (is_stuck(&ring->flying[i]))
			continue;
		flight = ring->flying[i];
		memmove(ring->flying + n + 1, ring->flying + n,
			(i - n) * sizeof(flight));
		ring->flying[n++] = flight;
	}
	return n;
}

/* One of the first so many. */
static unsigned next(const struct ring *ring, unsigned n)
{
	if (ring->flying[0].overtaken >= OVERTAKEN_MAX)
		return 0;
	switch (fake.order) {
	case FAKE_LIFO:
		return n - 1;
	case FAKE_RANDOM:
		return (unsigned)(fake_random() % n);
	case FAKE_FIFO:
		break;
	}
	return 0;
}

static void land(struct ring *ring)
{
	unsigned n = fake.batch ? fake.batch : 1, left, i, k;
	struct flight flight;

	for (; n > 0 && (left = count_free(ring)) > 0; n--) {
		i = next(ring, left);
		for (k = 0; k < i; k++)
			ring->flying[k].overtaken++;
		flight = ring->flying[i];
		flight.result = perform(&flight, ring->n_flying - 1);
		ring->n_flying--;
		memmove(ring->flying + i, ring->flying + i + 1,
			(ring->n_flying - i) * sizeof(flight));
		ring->done[ring->n_done++] = flight;
	}
}

static int wait_here(struct ring *ring, uint64_t until)
{
	if (ring->n_done > 0)
		return 0;
	if (ring->n_flying == 0)
		fake_trap("waiting for a read, and none is in flight");
	land(ring);
	while (ring->n_done == 0 && !ring->woken) {
		if (until != 0 && sys_now() >= until)
			return -ETIME;
		fake_wait(until);
		land(ring);
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
		take_off(ring);
	/* A caller that does not wait may find a completion all the same. */
	if (!wait && ring->n_flying > 0 && fake_random() % 2)
		land(ring);
	return wait ? wait_here(ring, 0) : 0;
}

int ring_wait(struct ring *ring, uint64_t until)
{
	FAKE_LOCKED;
	int r = fake_enter(FAKE_RING_WAIT);

	enter_ring(ring);
	return r < 0 ? r : wait_here(ring, until);
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
