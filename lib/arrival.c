/* SPDX-License-Identifier: MIT */
#include "arrival.h"

#include <errno.h>
#include <inttypes.h>

#include "account.h"
#include "buffer.h"
#include "error.h"
#include "fallback.h"
#include "file.h"
#include "load.h"
#include "path.h"
#include "sink.h"
#include "verdict.h"

/* Repetitions of one read without a byte of progress. */
#define TRIES_MAX 1000

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
	fallback_check(load, slot);
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

/* code 0: nothing came, and no error either. */
static void fail_transfer(struct load *load, struct transfer *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;
	const struct dmaload_file *file =
		load_file_of(load, slot->chunk.route)->file;

	arrival_end(load, slot, SLOT_ARRIVED);
	if (load->pump.outcome < 0)
		return;
	arrival_fail(load, code == 0 ? account_short(load, file, offset) :
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
		fail_transfer(load, slot, 0);
		break;
	case VERDICT_FAIL:
		fail_transfer(load, slot, slot->result);
		break;
	}
}
