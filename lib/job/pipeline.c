/* SPDX-License-Identifier: MIT */
/*
 * The pipeline: each request in flight has a slot.
 *
 * One thread does all the work of a load. While it copies from one slot, the
 * disk fills the others. Memory is several times as fast as the disk, so copies
 * take no extra time. A second thread would need locks to hand slots over, and
 * was not faster when measured. Only a transform may be slower than the disk: see
 * io/hands.h. A read in place has a slot, but does not use its memory.
 *
 * Disks complete reads in batches, virtual disks above all. To copy a whole
 * batch at once would leave the disk idle. So completed slots are queued, and
 * free slots are submitted again before and after each copy.
 *
 * Chunks of all files and buffers share the slots; each takes the path of its
 * route. Work without the ring, such as copying from the page cache, is done
 * one chunk a step while requests are in flight. A path that declines returns
 * its chunk to the plan, and its route switches to the next path. Other chunks
 * do not wait: those in flight complete, or decline in the same way.
 *
 * A transform may want its chunks in order. Then those that arrive early wait in
 * their slots. The next one may have been declined, and need a slot: so when
 * nothing is in flight, waiting chunks go back to the plan.
 *
 * A failure sets the outcome. From then on no chunk begins, and completions are
 * discarded until nothing is in flight. So when the caller gets the error, no
 * read writes to its memory any more.
 */
#include "job/pipeline.h"
#include "job/store.h"

#include "io/engine.h"
#include "io/pump.h"
#include "job/completion.h"
#include "job/order.h"
#include "load/load.h"
#include "path/cache_cleanup.h"
#include "path/path.h"
#include "report/trace.h"
#include "sys/error.h"

static void started(struct load *load, struct slot *slot, enum slot_state state)
{
	slot_turn(slot, SLOT_FREE, state);
	load->seat.taken++;
	if (state == SLOT_ARRIVED)
		slot_arrived(slot);
	stats_pin(&load->stats, engine_pinned(&load->seat));
}

/* Finish a chunk that was moved without the ring. */
static int finish(struct load *load, const struct slot *slot,
		  const struct path_ops *path)
{
	const struct chunk *chunk = &slot->chunk;
	int r = 0;

	if (load->request.operation == DMALOAD_STORE && path == &path_buffered)
		r = store_wrote(load, load_file_of(load, chunk->route), chunk);
	if (r == 0)
		completion_count(load, slot);
	return r;
}

/* Move a chunk on its path. A read without the ring may never return, so it
 * begins only while other loads have enough slots. */
static int move(struct load *load, struct slot *slot, const struct path_ops *path)
{
	const bool leaves = path == &path_buffered || path == &path_stream;
	int r = 0;

	if ((leaves || path == &path_cached) &&
	    (!order_is_next(load, &slot->chunk) || load_is_serial_elsewhere(load)))
		return PATH_CROWDED;

	if (load->request.operation == DMALOAD_STORE)
		r = store_turn(load, slot, path);
	if (r == 0 && leaves && !engine_pause(&load->seat))
		return PATH_CROWDED;
	if (r == 0)
		r = path->move(load, slot);
	engine_resume(&load->seat);
	return r;
}

/* End the load at the last byte read: the stream has no more. */
static void end_stream(struct load *load)
{
	load->open_ended = false;
	plan_end(&load->plan, load->done);
	load->levels[load->published].left = 0;
	load->total = load->done;
	stats_total(&load->stats, load->done);
}

/* Begin the next chunk in a slot. Return 1 if it is in flight or deferred;
 * 0 if it is done or back in the plan; 2 if it needs a completion first; or
 * -errno. */
static int begin(struct load *load, struct slot *slot)
{
	const struct path_ops *path;
	int r;

	r = path_get(load, &slot->chunk, &path);
	if (r < 0)
		return r;
	slot->seat = &load->seat;
	/* A buffered read would make the other loads of this thread wait. */
	load->slow = load->seat.shared && path == &path_buffered;
	if (load->slow) {
		r = completion_return(load, &slot->chunk);
		return r < 0 ? r : 1;
	}
	slot->path = path->id;
	cache_cleanup_note(load, slot);
	slot->progress = 0;
	slot->tries = 0;
	slot->here = false;
	slot->traced_from = trace_chunk_begin();
	r = move(load, slot, path);
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
		load->seat.blocked = true;
		r = completion_return(load, &slot->chunk);
		return r < 0 ? r : 1;
	case PATH_RETRY:
		return completion_return(load, &slot->chunk);
	case PATH_CROWDED:
		/* A copy from the page cache was not tried. */
		slot->chunk.cached = false;
		r = completion_return(load, &slot->chunk);
		return r < 0 ? r : 2;
	case PATH_EOF:
		end_stream(load);
		return 0;
	case 0:
		return finish(load, slot, path);
	default:
		return r;
	}
}

static bool may_begin(struct load *load)
{
	if (load->outcome < 0 || plan_is_empty(&load->plan) ||
	    store_is_held(load))
		return false;
	/* The next chunk needs a slot of the engine, or is likely to. */
	if (load->seat.blocked || load->seat.taken > 0)
		load->seat.blocked = !engine_has_slot(&load->seat);
	return !load->seat.blocked;
}

/* Begin chunks until the slots are full. Return true if something was done
 * without the ring. */
static bool fill(struct load *load)
{
	struct slot *slot;
	int r = 1;

	/* A load that is about to move to its own thread begins no more
	 * chunks. */
	load->seat.blocked &= !load->slow;
	while (r == 1 && !load->slow && may_begin(load) &&
	       (slot = pump_free_slot(load->seat.pump))) {
		r = begin(load, slot);
		if (r < 0)
			completion_fail(load, r);
		if (load->seat.blocked)
			break;
	}
	if (!load->seat.blocked)
		engine_yield(&load->seat);
	return r == 0;
}

/* Handle the oldest completed slot. Return true if it was copied. */
static bool reap_one(struct load *load)
{
	struct slot *slot = load->seat.arrived;
	const bool in_place = slot->chunk.in_place;
	const unsigned given = load->seat.given;

	load->seat.arrived = slot->next;
	completion(load, slot);
	return !in_place && slot->state != SLOT_ARRIVED && load->seat.given == given;
}

/* Note that the ring has failed, whichever load found out. */
static void note_ring(struct load *load)
{
	const int code = load->seat.ring_failure;

	if (code < 0 && load->outcome == 0)
		load->outcome = fail(load->err, error_of_others(code, false),
				     "%s failed: %s (%s)",
				     dmaload_engine_name(load->seat.pump->kind),
				     error_text(code), error_name(code));
}

static void reap(struct load *load, bool wait)
{
	pump_reap(load->seat.pump, wait);
	note_ring(load);
}

/* Handle all completed slots, or wait for the next one. */
static void reap_all(struct load *load)
{
	if (load->seat.in_flight > 0)
		reap(load, !load->seat.arrived);
	while (load->seat.arrived)
		reap_one(load);
	while (completion_turn(load))
		;
	if (load->seat.given > 0)
		completion_share(load, true, load->seat.in_flight == 0);
	if (load->seat.in_flight == 0)
		completion_give_back(load);
}

/* Handle completed slots until one was copied. busy: something else was done.
 * Return false if there was nothing to do. */
static bool handle_some(struct load *load, bool busy)
{
	struct seat *seat = &load->seat;
	bool copied = false, any = seat->arrived;

	while (seat->arrived && !copied)
		copied = reap_one(load);
	any |= !copied && completion_turn(load);
	/* A thread that takes one piece after the other is better left alone. */
	if (seat->given > 0)
		any |= completion_share(load, !seat->serial || (!any && !busy), false);
	/* Nothing will come for which the held chunks could wait. */
	return any || (!busy && seat->in_flight == 0 && completion_give_back(load));
}

/* The next steps may take long, or wait for a load that itself waits for a
 * slot. */
int pipeline_drain(struct load *load)
{
	engine_yield(&load->seat);
	note_ring(load);
	while (load->seat.taken > 0)
		reap_all(load);
	return load->outcome;
}

int pipeline_step(struct load *load, bool *idle)
{
	struct seat *seat = &load->seat;
	bool busy;

	note_ring(load);
	busy = fill(load);
	/* Submit the free slots before a copy or a transform, which takes time,
	 * and before work without the ring. */
	if (seat->in_flight > 0 &&
	    (busy || ((seat->arrived || seat->given > 0) && seat->pump->queued)))
		reap(load, false);
	*idle = !handle_some(load, busy) && !busy;
	if (load->outcome < 0)
		return pipeline_drain(load);
	return seat->taken > 0 || !plan_is_empty(&load->plan);
}

int pipeline_stop(struct load *load, int code)
{
	note_ring(load);
	completion_fail(load, code);
	return pipeline_drain(load);
}

int pipeline_settle(struct load *load)
{
	engine_yield(&load->seat);
	while (seat_is_in_place(&load->seat))
		reap_all(load);
	return load->outcome;
}

int pipeline_pause(struct load *load)
{
	while (!engine_pause(&load->seat))
		reap_all(load);
	return load->outcome;
}
