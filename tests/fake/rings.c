/* SPDX-License-Identifier: MIT */
/* The list of all rings, and what they have in flight. */
#include "flights.h"

#include <stdlib.h>

static struct ring *rings;
static unsigned flying_most;
static uint64_t flying_bytes_most;

void rings_add(struct ring *ring)
{
	ring->next = rings;
	rings = ring;
}

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

unsigned fake_rings_queued(void)
{
	FAKE_LOCKED;
	const struct ring *ring;
	unsigned n = 0;

	for (ring = rings; ring; ring = ring->next)
		n += ring->n_queued;
	return n;
}

void rings_remove(struct ring *ring)
{
	struct ring **at = &rings;

	while (*at && *at != ring)
		at = &(*at)->next;
	if (!*at)
		fake_trap("a ring is destroyed twice");
	*at = ring->next;
	free(ring);
}

void fake_rings_reset(void)
{
	FAKE_LOCKED;
	while (rings)
		rings_remove(rings);
	fake_flying_anew();
}

unsigned fake_in_flight_max(uint64_t *bytes)
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

void rings_note(const struct ring *ring)
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

bool flight_overlaps(const struct flight *flight, const unsigned char *at,
		     size_t length)
{
	const unsigned char *data = flight->request.data;

	return data < at + length && at < data + flight->request.length;
}

/* Return true if a request in flight uses this memory; NULL: any memory. */
bool fake_ring_touches(const void *at, size_t length)
{
	FAKE_LOCKED;
	const struct ring *ring;
	unsigned i;

	for (ring = rings; ring; ring = ring->next)
		for (i = 0; i < ring->n_flying; i++)
			if (!at || flight_overlaps(&ring->flying[i], at, length))
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
