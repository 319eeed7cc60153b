/* SPDX-License-Identifier: MIT */
#include "io/pump.h"

#include <errno.h>
#include <stdlib.h>

#include "io/ring.h"
#include "io/seat.h"
#include "report/stats.h"
#include "sys/sys.h"

/* How often a submission is repeated. */
#define TRIES_MAX 1000

struct pump *pump_new(void)
{
	struct pump *pump = calloc(1, sizeof(*pump));
	unsigned i;

	for (i = 0; pump && i < SLOTS_MAX; i++)
		pump->slots[i].index = i;
	return pump;
}

/* A child of fork() must not find a half destroyed ring. */
void pump_drop_ring(struct pump *pump)
{
	struct ring *ring = pump->ring;

	pump->ring = NULL;
	ring_destroy(ring);
	pump->broken = false;
}

void pump_destroy(struct pump *pump)
{
	pump_drop_ring(pump);
	free(pump);
}

struct slot *pump_free_slot(struct pump *pump)
{
	unsigned i;

	for (i = 0; i < SLOTS_MAX; i++)
		if (pump->slots[i].state == SLOT_FREE)
			return &pump->slots[i];
	return NULL;
}

struct slot *pump_next(struct pump *pump, const struct seat *seat,
		       struct slot *behind)
{
	struct slot *slot = behind ? behind + 1 : pump->slots;

	for (; slot < pump->slots + SLOTS_MAX; slot++)
		if (slot->state != SLOT_FREE && slot->seat == seat)
			return slot;
	return NULL;
}

bool seat_is_in_place(const struct seat *seat)
{
	struct slot *slot = NULL;

	while ((slot = pump_next(seat->pump, seat, slot)))
		if (slot->state == SLOT_IN_FLIGHT && slot->chunk.in_place)
			return true;
	return false;
}

bool pump_is_short(const struct pump *pump)
{
	return pump->queued > 0 && pump->queued >= pump->in_flight - pump->queued;
}

/* Submit. Return 0 when something may have arrived, else the ring's error. */
static int submit(struct ring *ring, bool wait)
{
	unsigned tries = 0;
	int r;

	do {
		r = ring_submit(ring, wait);
		/* The kernel has no memory for more requests until some
		 * complete. */
		if ((r == -EAGAIN || r == -EBUSY) && ring_in_flight(ring) > 0)
			r = ring_wait(ring, 0);
		else if (r == -EAGAIN || r == -EBUSY)
			sys_nap();
		/* A signal is not a failure, however many come. */
	} while (r == -EINTR || ((r == -EAGAIN || r == -EBUSY) &&
				 ++tries < TRIES_MAX));
	return r;
}

/* Collect the completed slots, which are then handled in this order. */
static void collect(struct pump *pump)
{
	struct slot *slot;
	unsigned i;
	int result;

	while (ring_reap(pump->ring, &i, &result)) {
		slot = &pump->slots[i];
		slot_turn(slot, SLOT_IN_FLIGHT, SLOT_ARRIVED);
		slot->result = result;
		slot->seat->in_flight--;
		pump->in_flight--;
		slot_arrived(slot);
	}
}

/* Discard all slots of a seat but those that other threads have. */
static void drop_all(struct pump *pump, struct seat *seat)
{
	struct slot *slot = NULL;

	while ((slot = pump_next(pump, seat, slot)))
		if (slot->state != SLOT_COPYING)
			slot_release(slot, slot->state);
	seat->in_flight = 0;
	seat->arrived = NULL;
	seat->held = NULL;
}

/*
 * The ring itself has failed. The kernel may still write to the memory of
 * submitted requests, so wait for them, however long that takes. Queued ones
 * will never be submitted.
 */
static void abandon(struct pump *pump, int code)
{
	struct slot *slot, *end = pump->slots + SLOTS_MAX;

	pump->broken = true;
	for (slot = pump->slots; slot < end; slot++)
		if (slot->state == SLOT_IN_FLIGHT)
			slot->seat->ring_failure = code;
	while (ring_in_flight(pump->ring) > 0) {
		if (ring_wait(pump->ring, 0) < 0)
			sys_nap();
		collect(pump);
	}
	for (slot = pump->slots; slot < end; slot++)
		if (slot->state == SLOT_IN_FLIGHT)
			drop_all(pump, slot->seat);
	pump->in_flight = 0;
	pump->queued = 0;
}

/* The time counts once for each load that waits. */
static void note_wait(struct pump *pump, uint64_t start, uint64_t took)
{
	struct seat *seat;
	unsigned i;

	for (i = 0; i < SLOTS_MAX; i++) {
		seat = pump->slots[i].seat;
		if (pump->slots[i].state != SLOT_IN_FLIGHT ||
		    seat->waited_at == start)
			continue;
		seat->waited_at = start;
		stats_read(seat->stats, took);
	}
}

void pump_reap(struct pump *pump, bool wait)
{
	const uint64_t start = sys_now();
	int r;

	if (pump->in_flight == 0)
		return;
	r = submit(pump->ring, wait);
	note_wait(pump, start, sys_now() - start);
	if (r < 0) {
		abandon(pump, r);
		return;
	}
	pump->queued = 0;
	collect(pump);
}

void pump_wait(struct pump *pump, uint64_t until)
{
	const unsigned in_flight = pump->in_flight;
	uint64_t start;
	int r;

	pump_reap(pump, until == 0);
	if (until == 0 || pump->in_flight < in_flight)
		return;
	start = sys_now();
	r = ring_wait(pump->ring, until);
	note_wait(pump, start, sys_now() - start);
	if (r < 0 && r != -EINTR && r != -ETIME)
		abandon(pump, r);
	else
		collect(pump);
}
