/* SPDX-License-Identifier: MIT */
/* Requests in flight: what the disk does with them, and when they complete. */
#include "flights.h"

#include <errno.h>
#include <string.h>

#define POISON 0xdb
/* How many later requests can complete before a request. */
#define OVERTAKEN_MAX 8

void flights_begin(struct ring *ring)
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
	rings_note(ring);
}

/* Write the bytes that the memory holds now. A short write may include a part
 * of a block, which does not count. */
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
	/* A short read: the rest has not arrived. */
	memset((char *)request->data + flight->result, POISON,
	       (size_t)(request->length - flight->result));
	return flight->result;
}

static bool is_stuck(const struct flight *flight)
{
	const struct fake_desc *desc = fake_desc_of(flight->request.fd);

	return desc && desc->node->stuck;
}

/* Move the requests that can complete to the front, and return their number. */
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

/* Choose one of the first n requests. */
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

void flights_land(struct ring *ring)
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
