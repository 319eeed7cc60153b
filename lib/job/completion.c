/* SPDX-License-Identifier: MIT */
#include "job/completion.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/io_result.h"
#include "job/order.h"
#include "job/store.h"
#include "load/load.h"
#include "load/outcome.h"
#include "path/fallback.h"
#include "path/path.h"
#include "path/sink.h"
#include "path/path_benchmark.h"
#include "path/tune.h"
#include "report/trace.h"
#include "sys/error.h"

/* How often a read without progress is repeated. */
#define TRIES_MAX 1000

void completion_count(struct load *load, const struct slot *slot)
{
	const struct chunk *chunk = &slot->chunk;
	/* The direct path copies what is not a whole block. */
	const enum dmaload_path path = slot->path == DMALOAD_PATH_DIRECT &&
		!chunk->in_place ? DMALOAD_PATH_BOUNCE : slot->path;

	stats_move(&load->stats, path, chunk->wanted);
	load->levels[chunk->level].left -= chunk->wanted;
	if (load->request.operation == DMALOAD_STORE)
		store_wrote_directly(load, slot);
	atomic_store_explicit(&load->path, path, memory_order_relaxed);
	atomic_fetch_add_explicit(&load->done, chunk->wanted,
				  memory_order_relaxed);
	trace_chunk(load, load_file_of(load, chunk->route)->file->name,
		    chunk->file_offset + chunk->skip, chunk->wanted, path,
		    slot->traced_from);
}

void completion_fail(struct load *load, int code)
{
	if (load->outcome == 0)
		load->outcome = code;
}

int completion_return(struct load *load, const struct chunk *chunk)
{
	const int r = plan_return(&load->plan, chunk);

	return r < 0 ? fail(load->err, r, "no memory to note what is still "
			    "to be moved") : 0;
}

void completion_decline(struct load *load, struct slot *slot)
{
	struct route *route = &load->routes[slot->chunk.route];

	completion_fail(load, completion_return(load, &slot->chunk));
	if (path_benchmark_end(load, slot))
		return;
	/* Other chunks of the route may have declined this path already. */
	if (!slot->chunk.cached && route->path && route->path->id == slot->path)
		route->path = NULL;
}

/* Free the slot of a chunk whose bytes were moved, or not because of a
 * failure. */
static void settle(struct load *load, struct slot *slot, int r)
{
	slot_release(slot, SLOT_COPYING);
	if (load->outcome < 0 || r < 0) {
		completion_fail(load, r);
		return;
	}
	completion_count(load, slot);
	fallback_check(load, slot);
	completion_fail(load, path_benchmark_note(load, slot));
	tune_note(load, slot);
}

/* Give the bytes of a chunk to the transform, in any thread. */
static void work(struct slot *slot)
{
	struct load *load = (struct load *)((char *)slot->seat -
					    offsetof(struct load, seat));
	struct seat *seat = &load->seat;
	const uint64_t begin = sys_now();

	slot->work_failed_at = seat->stopped_at;
	slot->work_result = seat->stopped ? -ECANCELED :
		sink_give(load, &slot->chunk, slot->memory, &slot->work_failed_at);
	if (seat->serial && slot->work_result < 0) {
		seat->stopped = true;
		seat->stopped_at = slot->work_failed_at;
	}
	if (load_works_at_once(load) && load_shows(load))
		sink_copy(load, &slot->chunk, slot->memory);
	slot->work_ns = sys_now() - begin;
}

/* Copy the bytes of a chunk while another thread gives them to the transform. */
static void copy(struct load *load, const struct slot *slot)
{
	const uint64_t begin = sys_now();

	sink_copy(load, &slot->chunk, slot->memory);
	stats_copy(&load->stats, sys_now() - begin);
}

static void settle_work(struct load *load, struct slot *slot)
{
	int r = slot->work_result;

	load->seat.given--;
	stats_copy(&load->stats, slot->work_ns);
	if (r < 0 && load->outcome == 0)
		r = sink_stopped(load, &slot->chunk, slot->work_failed_at);
	settle(load, slot, r);
}

bool completion_share(struct load *load, bool take, bool wait)
{
	struct seat *seat = &load->seat;
	struct hands *hands = &seat->engine->hands;
	struct slot *slot = take ? hands_take(hands, seat) : NULL;
	const bool worked = slot;

	if (slot) {
		slot->work_result = 0;
		slot->work_ns = 0;
		if (load->outcome == 0)
			work(slot);
		hands_end(hands, seat);
		settle_work(load, slot);
	}
	slot = hands_finished(hands, seat, wait && !worked);
	if (!slot)
		return worked;
	do
		settle_work(load, slot);
	while ((slot = hands_finished(hands, seat, false)));
	return true;
}

int completion_collect(struct load *load)
{
	while (load->seat.given > 0)
		completion_share(load, true, true);
	return load->outcome;
}

/* Return true if other threads should help. While one thread keeps up with the
 * disk, more would only make it wait for a CPU. Nothing is read beside the last
 * chunks. A chunk must not overtake those that other threads have. */
static bool needs_help(const struct load *load)
{
	const struct seat *seat = &load->seat;

	if (load->outcome < 0 || (!load_works_at_once(load) && !load_shows(load)))
		return false;
	return load_is_serial_elsewhere(load) || plan_is_empty(&load->plan) ||
	       stats_is_behind(&load->stats, seat->taken, seat->in_flight);
}

/* Move the bytes of a chunk to their place. */
static void deliver(struct load *load, struct slot *slot)
{
	int r = 0;

	slot_turn(slot, SLOT_ARRIVED, SLOT_COPYING);
	if (needs_help(load)) {
		slot->work = work;
		/* Other threads read it. */
		if (load->seat.given == 0)
			load->seat.serial = !load_works_at_once(load);
		load->seat.given++;
		hands_give(&load->seat.engine->hands, slot);
		if (load->seat.serial)
			copy(load, slot);
		return;
	}
	if (load->outcome == 0 && !slot->chunk.in_place &&
	    load->request.operation != DMALOAD_STORE)
		r = sink_put(load, &slot->chunk, slot->memory);
	settle(load, slot, r);
}

/* Move the bytes of a chunk to their place if it is its turn. */
static void arrive(struct load *load, struct slot *slot)
{
	if (load->outcome == 0 && !order_is_next(load, &slot->chunk))
		order_hold(load, slot);
	else
		deliver(load, slot);
}

bool completion_turn(struct load *load)
{
	struct slot *slot = order_take(load);

	if (slot)
		deliver(load, slot);
	return slot;
}

bool completion_give_back(struct load *load)
{
	struct slot *slot = order_take_last(load);

	if (!slot)
		return false;
	if (load->outcome == 0)
		completion_fail(load, completion_return(load, &slot->chunk));
	slot_release(slot, SLOT_ARRIVED);
	return true;
}

static void refuse(struct load *load, struct slot *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;
	const char *what = load->request.operation == DMALOAD_STORE ? "write" : "read";

	slot_release(slot, SLOT_ARRIVED);
	if (load->outcome < 0)
		return;
	if (code == -EFAULT && slot->chunk.in_place)
		path_decline(load, slot->path, "the %s buffer's mapping was "
			     "refused by a %s: EFAULT (%s)",
			     load_buffer_of(load, slot->chunk.route)->label, what,
			     error_text(code));
	else
		path_decline(load, slot->path, "an O_DIRECT %s at offset %"
			     PRIu64 " was refused: %s (%s)", what, offset,
			     error_name(code), error_text(code));
	completion_decline(load, slot);
}

/* Fail a chunk. A code of 0 means that no bytes came, and no error. */
static void fail_chunk(struct load *load, struct slot *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;
	const struct dmaload_file *file =
		load_file_of(load, slot->chunk.route)->file;

	slot_release(slot, SLOT_ARRIVED);
	if (load->outcome < 0)
		return;
	completion_fail(load, code == 0 ? load_short(load, file, offset) :
		 load_failure(load, file, code, offset));
}

static void again(struct load *load, struct slot *slot)
{
	if (load->outcome < 0) {
		slot_release(slot, SLOT_ARRIVED);
	} else if (++slot->tries > TRIES_MAX) {
		fail_chunk(load, slot, -EAGAIN);
	} else {
		stats_retry(&load->stats);
		slot_again(slot);
	}
}

static uint32_t block_of(const struct load *load, const struct slot *slot)
{
	return load->files[load->routes[slot->chunk.route].file].file->block;
}

void completion(struct load *load, struct slot *slot)
{
	switch (io_result_of(&slot->chunk, block_of(load, slot),
			   slot->result, &slot->progress)) {
	case IO_DONE:
		arrive(load, slot);
		break;
	case IO_MORE:
		slot->tries = 0;
		again(load, slot);
		break;
	case IO_AGAIN:
		again(load, slot);
		break;
	case IO_DECLINE:
		refuse(load, slot, slot->result);
		break;
	case IO_SHORT:
		fail_chunk(load, slot, 0);
		break;
	case IO_FAIL:
		fail_chunk(load, slot, slot->result);
		break;
	}
}
