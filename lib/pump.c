/* SPDX-License-Identifier: MIT */
/*
 * The pipeline.
 *
 * There are as many slots as reads may be in flight. One thread does all of it:
 * while it copies one slot the disk fills the others, and memory is several times
 * as fast as the disk, so the copy hides behind the reading. A second thread would
 * have to hand slots over by locks and, measured, gains nothing. A read in place
 * has a slot like any other and leaves its memory alone.
 *
 * Disks complete reads in batches, virtual ones above all. To copy a batch as a whole
 * would leave the disk without work meanwhile; so what arrives is put by, and
 * before and after each copy what is free flies again.
 *
 * Chunks of all files and buffers share the slots, each by the path that its route
 * has. What the ring does not do, such as to copy from the page cache, is done one
 * chunk a step, while the ring goes on.
 *
 * A path that declines gives its chunk back to the plan and its route to the next
 * path; nobody waits for that, as what is still in flight arrives or declines like
 * any other. A failure sets the outcome: from then on nothing new is begun, and
 * what arrives is let go, until nothing is in flight. So whoever goes on finds
 * memory that no read will write to.
 */
#include "pump.h"

#include <errno.h>

#include "account.h"
#include "arrival.h"
#include "error.h"
#include "footprint.h"
#include "load.h"
#include "path.h"
#include "ring.h"
#include "sys.h"

/* Repetitions of one submission. */
#define TRIES_MAX 1000

void pump_init(struct pump *pump, unsigned depth)
{
	unsigned i;

	*pump = (struct pump){ .depth = depth, .limit = depth };
	for (i = 0; i < SLOTS_MAX; i++)
		pump->slots[i].slot = i;
}

static void note_pinned(struct load *load)
{
	const struct bounce *bounce = load->bounce;
	uint64_t now = 0, pool = 0;
	bool edges = false;
	unsigned i;

	for (i = 0; i < load->pump.depth; i++) {
		const struct transfer *slot = &load->pump.slots[i];

		if (slot->state != SLOT_FLYING)
			continue;
		if (slot->chunk.in_place)
			now += slot->chunk.length;
		else if (slot->path == DMALOAD_PATH_DIRECT && slot->chunk.edge)
			edges = true;
		else
			pool += bounce->pool.slot_bytes;
	}
	now += (load->report.pool_registered ? bounce->pool.bytes : pool) +
	       (edges ? bounce->edges.bytes : 0);
	if (now > load->report.pinned_bytes)
		load->report.pinned_bytes = now;
}

static struct transfer *free_slot(struct pump *pump)
{
	unsigned i;

	for (i = 0; i < pump->limit; i++)
		if (pump->slots[i].state == SLOT_FREE)
			return &pump->slots[i];
	return NULL;
}

/* The next chunk into a slot. 1: the ring has it; 0: it is done, or back in the
 * plan; or -errno. */
static int begin(struct load *load, struct transfer *slot)
{
	const struct path_ops *path;
	int r;

	r = path_take(load, &slot->chunk, &path);
	if (r < 0)
		return r;
	slot->path = path->id;
	footprint_note(load, slot);
	slot->progress = 0;
	slot->tries = 0;
	r = load->operation == DMALOAD_STORE ? store_turn(load, slot, path) : 0;
	/* The pool may have come with the path, and be smaller than was wanted. */
	if (r == 0)
		r = slot->slot < load->pump.limit ? path->move(load, slot) :
						    PATH_LATER;
	if (r == PATH_DEFERRED)
		return 1;
	if (r == PATH_QUEUED) {
		transfer_turn(slot, SLOT_FREE, SLOT_FLYING);
		load->pump.taken++;
		load->pump.flying++;
		note_pinned(load);
		return 1;
	}
	if (r == PATH_DECLINED)
		arrival_decline(load, slot);
	else if (r == PATH_LATER)
		plan_return(&load->plan, &slot->chunk);
	else if (r == PATH_OVER)
		account_over(load);
	else if (r == 0)
		account_chunk(load, slot);
	return r < 0 ? r : 0;
}

/* Until the slots are full, or something was done without the ring: true then. */
static bool fill(struct load *load)
{
	struct transfer *slot;
	int r = 1;

	while (r > 0 && load->pump.outcome == 0 &&
	       (slot = free_slot(&load->pump)) &&
	       !plan_is_empty(&load->plan) && !store_is_held(load)) {
		r = begin(load, slot);
		if (r < 0)
			arrival_fail(load, r);
	}
	return r == 0;
}

/* 0 when something may have arrived, else the ring's own error. */
static int wait_for_some(struct load *load, bool wait)
{
	struct ring *ring = load->ring;
	const uint64_t start = sys_now();
	unsigned tries = 0;
	int r;

	do {
		r = ring_submit(ring, wait);
		/* The kernel is short of requests until some complete. */
		if ((r == -EAGAIN || r == -EBUSY) && ring_in_flight(ring) > 0)
			r = ring_wait(ring);
		else if (r == -EAGAIN || r == -EBUSY)
			sys_nap();
		/* A signal is no trouble, however many there are. */
	} while (r == -EINTR || ((r == -EAGAIN || r == -EBUSY) &&
				 ++tries < TRIES_MAX));
	load->report.read_ns += sys_now() - start;
	return r;
}

/* What the ring has done with; to be looked at in this order. */
static void collect(struct load *load)
{
	struct pump *pump = &load->pump;
	unsigned i;
	int result;

	while (ring_reap(load->ring, &i, &result)) {
		transfer_turn(&pump->slots[i], SLOT_FLYING, SLOT_ARRIVED);
		pump->slots[i].result = result;
		pump->flying--;
		pump->arrived[(pump->first_arrived + pump->n_arrived++) %
			      SLOTS_MAX] = i;
	}
}

/*
 * The ring itself has failed. What was submitted may still be written by the
 * kernel, so there is no way but to wait for it, however long that takes; what
 * was only queued will never be submitted.
 */
static void abandon(struct load *load, int code)
{
	struct ring *ring = load->ring;
	struct pump *pump = &load->pump;
	unsigned i;

	if (pump->outcome == 0)
		pump->outcome = fail(load->err, error_of_others(code, false),
				     "%s failed: %s (%s)",
				     dmaload_engine_name(load->engine),
				     error_text(code), error_name(code));
	while (ring_in_flight(ring) > 0) {
		if (ring_wait(ring) < 0)
			sys_nap();
		collect(load);
	}
	for (i = 0; i < pump->depth; i++)
		if (pump->slots[i].state != SLOT_FREE)
			arrival_end(load, &pump->slots[i],
				    pump->slots[i].state);
	pump->flying = pump->n_arrived = 0;
	pump->queued = false;
}

static void reap(struct load *load, bool wait)
{
	int r;

	r = wait_for_some(load, wait);
	if (r < 0) {
		abandon(load, r);
		return;
	}
	load->pump.queued = false;
	collect(load);
}

/* Look at the oldest of what has arrived; true if that took a copy. */
static bool take_in(struct load *load)
{
	struct pump *pump = &load->pump;
	struct transfer *slot =
		&pump->slots[pump->arrived[pump->first_arrived]];
	const bool in_place = slot->chunk.in_place;

	pump->first_arrived = (pump->first_arrived + 1) % SLOTS_MAX;
	pump->n_arrived--;
	arrival(load, slot);
	return !in_place;
}

/* All that has arrived, or the next that does. */
static void take_in_all(struct load *load)
{
	if (load->pump.flying > 0)
		reap(load, load->pump.n_arrived == 0);
	while (load->pump.n_arrived > 0)
		take_in(load);
}

int pump_drain(struct load *load)
{
	while (load->pump.taken > 0)
		take_in_all(load);
	return load->pump.outcome;
}

int pump_step(struct load *load)
{
	struct pump *pump = &load->pump;
	bool busy = fill(load);

	while (pump->queued || (pump->flying > 0 && pump->n_arrived == 0)) {
		reap(load, !busy && pump->n_arrived == 0);
		if (busy)
			break;
		busy = fill(load);
	}
	while (pump->n_arrived > 0 && !take_in(load))
		;
	if (pump->outcome < 0)
		return pump_drain(load);
	return pump->taken > 0 || !plan_is_empty(&load->plan);
}

int pump_stop(struct load *load, int code)
{
	arrival_fail(load, code);
	return pump_drain(load);
}

static bool any_in_place(const struct pump *pump)
{
	unsigned i;

	for (i = 0; i < pump->depth; i++)
		if (pump->slots[i].state == SLOT_FLYING &&
		    pump->slots[i].chunk.in_place)
			return true;
	return false;
}

int pump_settle(struct load *load)
{
	while (any_in_place(&load->pump))
		take_in_all(load);
	return load->pump.outcome;
}

uint64_t pump_position(const struct load *load)
{
	uint64_t first = plan_position(&load->plan);
	unsigned i;

	for (i = 0; i < load->pump.depth; i++) {
		const struct transfer *slot = &load->pump.slots[i];

		if (slot->state != SLOT_FREE && slot->chunk.position < first)
			first = slot->chunk.position;
	}
	return store_position(load, first);
}
