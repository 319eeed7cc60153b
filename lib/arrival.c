/* SPDX-License-Identifier: MIT */
#include "arrival.h"

#include <errno.h>
#include <inttypes.h>

#include "account.h"
#include "buffer.h"
#include "error.h"
#include "file.h"
#include "load.h"
#include "path.h"
#include "sink.h"
#include "verdict.h"

/* Repetitions of one read without a byte of progress. */
#define TRIES_MAX 1000

/*
 * The page cache is looked at after each of the first chunks, and then after every
 * so many; one look takes a few us. Not after the very first one only: btrfs reads
 * those parts of a file directly that did not compress, such as its last block.
 */
#define LOOK_FIRST 32
#define LOOK_EVERY 64

void arrival_end(struct load *load, struct transfer *slot,
		 enum slot_state from)
{
	transfer_turn(slot, from, SLOT_FREE);
	load->pump.taken--;
}

void arrival_fail(struct load *load, int code)
{
	if (load->pump.outcome == 0)
		load->pump.outcome = code;
}

void arrival_decline(struct load *load, struct transfer *slot)
{
	struct route *route = &load->routes[slot->chunk.route];

	plan_return(&load->plan, &slot->chunk);
	if (trial_ends(load, slot))
		return;
	/* Others may have come back from the same path before. */
	if (!slot->chunk.cached && route->path && route->path->id == slot->path)
		route->path = NULL;
}

/*
 * An O_DIRECT read that went through the page cache has left all of its pages
 * there, none of which was there before. Others that read the same file at the
 * same time look alike; then the buffered path is the right one as well. Where the
 * caller allows no other path there is only the cleaning up.
 */
static void look_at_cache(struct load *load, const struct transfer *slot)
{
	const struct chunk *chunk = &slot->chunk;
	struct load_file *own = load_file_of(load, chunk->route);
	struct route *route = &load->routes[chunk->route];
	const uint64_t size = atomic_load(&own->file->size);
	uint64_t length = chunk->length, resident;

	if (length > size - chunk->file_offset)
		length = size - chunk->file_offset;
	if (load->operation == DMALOAD_STORE || !route->path ||
	    route->path->id != slot->path ||
	    !residency_was_absent(&own->before, chunk->file_offset, length))
		return;
	if (route->judged++ >= LOOK_FIRST && route->judged % LOOK_EVERY != 0)
		return;
	if (residency_count(own->file, chunk->file_offset, length,
			    &resident) < 0 || resident < length)
		return;
	own->cached = true;
	path_decline(load, slot->path, "the file system took O_DIRECT and read "
		     "%s through the page cache", own->file->name);
	if (path_is_left(load, route))
		route->path = NULL;
}

/* A chunk is there: put its bytes where they belong. */
static void deliver(struct load *load, struct transfer *slot)
{
	int r = 0;

	transfer_turn(slot, SLOT_ARRIVED, SLOT_EMPTYING);
	if (load->pump.outcome == 0 && !slot->chunk.in_place &&
	    load->operation != DMALOAD_STORE)
		r = sink_put(load, &slot->chunk, transfer_memory(load, slot));
	arrival_end(load, slot, SLOT_EMPTYING);
	if (load->pump.outcome < 0 || r < 0) {
		arrival_fail(load, r);
		return;
	}
	account_chunk(load, slot);
	look_at_cache(load, slot);
	arrival_fail(load, trial_note(load, slot));
}

static void refuse(struct load *load, struct transfer *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;
	const char *what = load->operation == DMALOAD_STORE ? "write" : "read";

	arrival_end(load, slot, SLOT_ARRIVED);
	if (load->pump.outcome < 0)
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
	arrival_decline(load, slot);
}

static void fail_transfer(struct load *load, struct transfer *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;
	const struct dmaload_file *file =
		load_file_of(load, slot->chunk.route)->file;

	arrival_end(load, slot, SLOT_ARRIVED);
	if (load->pump.outcome < 0)
		return;
	arrival_fail(load, code == -ENODATA ? account_short(load, file, offset) :
		 account_failure(load, file, code, offset));
}

static void again(struct load *load, struct transfer *slot)
{
	if (load->pump.outcome < 0) {
		arrival_end(load, slot, SLOT_ARRIVED);
	} else if (++slot->tries > TRIES_MAX) {
		fail_transfer(load, slot, -EAGAIN);
	} else {
		load->report.retries++;
		transfer_turn(slot, SLOT_ARRIVED, SLOT_FLYING);
		load->pump.flying++;
		transfer_queue(load, slot);
	}
}

static uint32_t block_of(const struct load *load, const struct transfer *slot)
{
	return load->files[load->routes[slot->chunk.route].file].file->block;
}

void arrival(struct load *load, struct transfer *slot)
{
	switch (verdict_of(&slot->chunk, block_of(load, slot),
			   slot->result, &slot->progress)) {
	case VERDICT_DONE:
		deliver(load, slot);
		break;
	case VERDICT_MORE:
		slot->tries = 0;
		again(load, slot);
		break;
	case VERDICT_AGAIN:
		again(load, slot);
		break;
	case VERDICT_DECLINE:
		refuse(load, slot, slot->result);
		break;
	case VERDICT_SHORT:
		fail_transfer(load, slot, -ENODATA);
		break;
	case VERDICT_FAIL:
		fail_transfer(load, slot, slot->result);
		break;
	}
}
