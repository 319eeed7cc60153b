/* SPDX-License-Identifier: MIT */
/*
 * The pipeline.
 *
 * Each request in flight has a slot. One thread does all that a load needs: while it
 * copies one slot the disk fills the others, and memory is several times as fast as
 * the disk, so the copy hides behind the reading. A second thread would have to hand
 * slots over by locks and, measured, gains nothing. A read in place has a slot like
 * any other and leaves its memory alone.
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
#include "load/pump.h"


#include "io/engine.h"
#include "load/account.h"
#include "load/completion.h"
#include "load/footprint.h"
#include "load/load.h"
#include "path/path.h"

/* The memory that is pinned: what is registered is as a whole, whoever did so. */
static void note_pinned(struct load *load)
{
	const struct engine *engine = load->engine;
	const uint64_t registered = engine_registered(load->engine);
	uint64_t now = registered;
	bool edges = false;
	unsigned i;

	for (i = 0; i < SLOTS_MAX; i++) {
		const struct slot *slot = &load->pump->slots[i];

		if (slot->load != load ||
		    (slot->state != SLOT_IN_FLIGHT && !slot->here))
			continue;
		if (!slot->chunk.in_place &&
		    slot->path == DMALOAD_PATH_DIRECT && slot->chunk.edge)
			edges = true;
		else if (slot->chunk.in_place || registered == 0)
			now += slot->chunk.length;
	}
	now += edges ? engine->edges.bytes : 0;
	if (now > load->report.pinned_bytes)
		load->report.pinned_bytes = now;
}

static struct slot *free_slot(struct pump *pump)
{
	unsigned i;

	for (i = 0; i < SLOTS_MAX; i++)
		if (pump->slots[i].state == SLOT_FREE)
			return &pump->slots[i];
	return NULL;
}

static void started(struct load *load, struct slot *slot, enum slot_state state)
{
	slot_turn(slot, SLOT_FREE, state);
	load->taken++;
	if (state == SLOT_ARRIVED)
		slot_arrived(slot);
	note_pinned(load);
}

void pump_again(struct slot *slot)
{
	if (slot->here) {
		slot_perform(slot);
		slot_arrived(slot);
	} else {
		slot_turn(slot, SLOT_ARRIVED, SLOT_IN_FLIGHT);
		slot_queue(slot);
	}
}

/* The next chunk into a slot. 1: it is in flight, or put by; 0: it is done, or back in
 * the plan; or -errno. */
static int begin(struct load *load, struct slot *slot)
{
	const struct path_ops *path;
	int r;

	r = path_take(load, &slot->chunk, &path);
	if (r < 0)
		return r;
	slot->load = load;
	/* It would keep the others waiting. */
	load->slow = load->shared && path == &path_buffered;
	if (load->slow) {
		plan_return(&load->plan, &slot->chunk);
		return 1;
	}
	slot->path = path->id;
	footprint_note(load, slot);
	slot->progress = 0;
	slot->tries = 0;
	slot->here = false;
	r = load->operation == DMALOAD_STORE ? store_turn(load, slot, path) : 0;
	if (r == 0)
		r = path->move(load, slot);
	switch (r) {
	case PATH_DEFERRED:
		return 1;
	case PATH_QUEUED:
		started(load, slot, SLOT_IN_FLIGHT);
		return 1;
	case PATH_ARRIVED:
		started(load, slot, SLOT_ARRIVED);
		return 1;
	case PATH_DECLINED:
		completion_decline(load, slot);
		return 0;
	case PATH_BLOCKED:
		load->blocked = true;
		plan_return(&load->plan, &slot->chunk);
		return 1;
	case PATH_RETRY:
		plan_return(&load->plan, &slot->chunk);
		return 0;
	case PATH_EOF:
		account_over(load);
		return 0;
	case 0:
		account_chunk(load, slot);
		return 0;
	default:
		return r;
	}
}

static bool may_begin(struct load *load)
{
	if (load->outcome < 0 || plan_is_empty(&load->plan) ||
	    store_is_held(load))
		return false;
	/* The next chunk wants a slot of the engine, or is likely to. */
	if (load->blocked || load->taken > 0)
		load->blocked = !engine_has_slot(load);
	return !load->blocked;
}

/* Until the slots are full, or something was done without the ring: true then. */
static bool fill(struct load *load)
{
	struct slot *slot;
	int r = 1;

	while (r > 0 && !load->slow && may_begin(load) && (slot = free_slot(load->pump))) {
		r = begin(load, slot);
		if (r < 0)
			completion_fail(load, r);
		if (load->blocked)
			break;
	}
	/* Whoever came later would wait for a slot behind this load. */
	if (load->ticket.waiting &&
	    (load->outcome < 0 || plan_is_empty(&load->plan))) {
		load->blocked = false;
		engine_want_none(load);
	}
	return r == 0;
}

/* Look at the oldest of what has arrived; true if that took a copy. */
static bool take_in(struct load *load)
{
	struct slot *slot = load->arrived;
	const bool in_place = slot->chunk.in_place;

	load->arrived = slot->next;
	completion(load, slot);
	return !in_place;
}

/* All that has arrived, or the next that does. */
static void take_in_all(struct load *load)
{
	if (load->in_flight > 0)
		pump_reap(load->pump, !load->arrived);
	while (load->arrived)
		take_in(load);
}

int pump_drain(struct load *load)
{
	while (load->taken > 0)
		take_in_all(load);
	return load->outcome;
}

int pump_step(struct load *load, bool *idle)
{
	const bool busy = fill(load);

	/* What is free is in flight again before a copy takes its time. */
	if (load->arrived && load->pump->queued)
		pump_reap(load->pump, false);
	*idle = !busy && !load->arrived;
	while (load->arrived && !take_in(load))
		;
	if (load->outcome < 0)
		return pump_drain(load);
	return load->taken > 0 || !plan_is_empty(&load->plan);
}

int pump_stop(struct load *load, int code)
{
	completion_fail(load, code);
	return pump_drain(load);
}

bool pump_is_in_place(const struct load *load)
{
	const struct slot *slot = load->pump->slots;

	for (; slot < load->pump->slots + SLOTS_MAX; slot++)
		if (slot->load == load && slot->state == SLOT_IN_FLIGHT &&
		    slot->chunk.in_place)
			return true;
	return false;
}

int pump_settle(struct load *load)
{
	while (pump_is_in_place(load))
		take_in_all(load);
	return load->outcome;
}

uint64_t pump_position(const struct load *load)
{
	const struct slot *slot = load->pump->slots;
	uint64_t first = plan_position(&load->plan);

	for (; slot < load->pump->slots + SLOTS_MAX; slot++)
		if (slot->load == load && slot->state != SLOT_FREE &&
		    slot->chunk.position < first)
			first = slot->chunk.position;
	return store_position(load, first);
}
