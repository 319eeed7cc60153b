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
#include "load.h"
#include "path.h"
#include "ring.h"
#include "sys.h"

/* Repetitions of one submission. */
#define TRIES_MAX 1000

void pump_init(struct pump *pump, unsigned depth)
{
	unsigned i;

	*pump = (struct pump){ .depth = depth };
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

	for (i = 0; i < pump->depth; i++)
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
	slot->progress = 0;
	slot->tries = 0;
	r = path->move(load, slot);
	if (r == PATH_QUEUED) {
		transfer_turn(slot, SLOT_FREE, SLOT_FLYING);
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
	uint32_t route;
	bool cached;
	int r = 1;

	while (r > 0 && load->pump.outcome == 0 &&
	       (slot = free_slot(&load->pump)) &&
	       plan_peek(&load->plan, &route, &cached)) {
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
	int result;

	if (pump->outcome == 0)
		pump->outcome = fail(load->err, code, "%s failed: %s",
				     dmaload_engine_name(load->engine),
				     error_text(code));
	while (ring_in_flight(ring) > 0) {
		if (ring_wait(ring) < 0)
			sys_nap();
		while (ring_reap(ring, &i, &result))
			;
	}
	for (i = 0; i < pump->depth; i++)
		if (pump->slots[i].state == SLOT_FLYING)
			arrival_end(load, &pump->slots[i], SLOT_FREE);
}

static void reap(struct load *load, bool wait)
{
	unsigned i;
	int r, result;

	r = wait_for_some(load, wait);
	if (r < 0) {
		abandon(load, r);
		return;
	}
	while (ring_reap(load->ring, &i, &result))
		arrival(load, &load->pump.slots[i], result);
}

static void drain(struct load *load)
{
	while (load->pump.flying > 0)
		reap(load, true);
}

int pump_step(struct load *load)
{
	const bool busy = fill(load);
	uint32_t route;
	bool cached;

	if (load->pump.flying > 0)
		reap(load, !busy);
	if (load->pump.outcome < 0) {
		drain(load);
		return load->pump.outcome;
	}
	return load->pump.flying > 0 || plan_peek(&load->plan, &route, &cached);
}

int pump_stop(struct load *load, int code)
{
	arrival_fail(load, code);
	drain(load);
	return load->pump.outcome;
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
		reap(load, true);
	return load->pump.outcome;
}

uint64_t pump_position(const struct load *load)
{
	uint64_t first = plan_position(&load->plan);
	unsigned i;

	for (i = 0; i < load->pump.depth; i++) {
		const struct transfer *slot = &load->pump.slots[i];

		if (slot->state == SLOT_FLYING &&
		    slot->chunk.position < first)
			first = slot->chunk.position;
	}
	return first;
}
