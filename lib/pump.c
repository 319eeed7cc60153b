/* SPDX-License-Identifier: MIT */
/*
 * The pipeline.
 *
 * There are as many slots as reads may be in flight. A slot is FREE, or READING
 * while the kernel may write to its memory, or EMPTYING while the CPU copies
 * what was read; only then is it FREE again. One thread does all of it: while it
 * copies one slot the disk fills the others, and memory is several times as fast
 * as the disk, so the copy hides behind the reading. A second thread would have
 * to hand slots over by locks and, measured, gains nothing.
 *
 * A read in place has a slot like any other and leaves its memory alone.
 *
 * Trouble, whatever it is, sets the outcome. From then on nothing new is begun,
 * and the pump runs until nothing is in flight: after a path has declined, what
 * still arrives is put where it belongs; after a failure it is let go. So whoever
 * goes on, the next path or the caller, finds memory that no read will write to.
 */
#include "pump.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "account.h"
#include "buffer.h"
#include "error.h"
#include "file.h"
#include "load.h"
#include "path.h"
#include "ring.h"
#include "sys.h"
#include "verdict.h"

#define SLOTS_MAX 64

/* Repetitions of one read without a byte of progress, and of one submission. */
#define TRIES_MAX 1000

/* Every so many chunks the page cache is looked at; one look takes a few us. */
#define LOOK_EVERY 64

enum slot_state { SLOT_FREE, SLOT_READING, SLOT_EMPTYING };

struct slot {
	enum slot_state state;
	struct chunk chunk;
	/* Bytes of the chunk that have arrived, in whole blocks. */
	uint32_t progress;
	unsigned tries;
};

struct pump {
	struct load *load;
	const struct pump_setup *setup;
	struct slot slots[SLOTS_MAX];
	unsigned depth;
	unsigned reading;
	/* Chunks by which the page cache could have been judged. */
	uint64_t judged;
	uint64_t in_place_bytes;
	/* 0 while all is well, then PATH_DECLINED or -errno. */
	int outcome;
};

static void slot_turn(struct slot *slot, enum slot_state from,
		      enum slot_state to)
{
	assert(slot->state == from);
	(void)from;
	slot->state = to;
}

static void note_pinned(struct pump *pump)
{
	uint64_t now = pump->in_place_bytes;

	if (pump->setup->pool->memory)
		now += pump->setup->pool->bytes;
	if (now > pump->load->report.pinned_bytes)
		pump->load->report.pinned_bytes = now;
}

static void *slot_target(struct pump *pump, unsigned i)
{
	const struct chunk *chunk = &pump->slots[i].chunk;

	if (chunk->in_place)
		return (char *)pump->load->buffer->map + chunk->buffer_offset;
	assert(pump->setup->pool->memory);
	return pool_slot(pump->setup->pool, i);
}

static void issue(struct pump *pump, unsigned i)
{
	const struct slot *slot = &pump->slots[i];

	ring_read(pump->load->ring, &(struct ring_read){
		.fd = pump->load->file->direct_fd,
		.data = (char *)slot_target(pump, i) + slot->progress,
		.length = slot->chunk.length - slot->progress,
		.offset = slot->chunk.file_offset + slot->progress,
		.registered = pump->setup->registered && !slot->chunk.in_place,
		.tag = i,
	});
	account_read(pump->load);
}

static void begin(struct pump *pump, unsigned i)
{
	struct slot *slot = &pump->slots[i];

	slot_turn(slot, SLOT_FREE, SLOT_READING);
	slot->progress = 0;
	slot->tries = 0;
	pump->reading++;
	if (slot->chunk.in_place)
		pump->in_place_bytes += slot->chunk.length;
	note_pinned(pump);
	issue(pump, i);
}

static void end(struct pump *pump, struct slot *slot, enum slot_state next)
{
	slot_turn(slot, SLOT_READING, next);
	pump->reading--;
	if (slot->chunk.in_place)
		pump->in_place_bytes -= slot->chunk.length;
}

static void fill(struct pump *pump)
{
	unsigned i;

	for (i = 0; i < pump->depth && pump->outcome == 0; i++) {
		if (pump->slots[i].state != SLOT_FREE)
			continue;
		if (!plan_take(&pump->load->plan, &pump->setup->geometry,
			       &pump->slots[i].chunk))
			return;
		begin(pump, i);
	}
}

/*
 * The first failure is the one that is told; and a failure outranks a path that
 * declines, since the next path would not see it again.
 */
static void stop(struct pump *pump, int outcome)
{
	if (pump->outcome == 0 || (pump->outcome > 0 && outcome < 0))
		pump->outcome = outcome;
}

/*
 * An O_DIRECT read that went through the page cache has left all of its pages
 * there, none of which was there before. Others that read the same file at the
 * same time look alike; then the buffered path is the right one as well.
 */
static void look_at_cache(struct pump *pump, const struct chunk *chunk)
{
	struct load *load = pump->load;
	uint64_t length = chunk->length, resident;

	if (length > load->file->size - chunk->file_offset)
		length = load->file->size - chunk->file_offset;
	if (pump->outcome != 0 ||
	    !residency_was_absent(&load->before, chunk->file_offset, length) ||
	    pump->judged++ % LOOK_EVERY != 0)
		return;
	if (residency_count(load->file, chunk->file_offset, length,
			    &resident) < 0 || resident < length)
		return;
	load->cached = true;
	stop(pump, path_decline(load, pump->setup->path, "the file system took "
				"O_DIRECT and read %s through the page cache",
				load->file->name));
}

/* A chunk is there: put its bytes where they belong. */
static void deliver(struct pump *pump, unsigned i)
{
	struct slot *slot = &pump->slots[i];
	struct load *load = pump->load;
	uint64_t *bytes = &load->report.bytes_bounced;
	int r = 0;

	end(pump, slot, SLOT_EMPTYING);
	if (pump->outcome < 0) {
		slot_turn(slot, SLOT_EMPTYING, SLOT_FREE);
		return;
	}
	if (slot->chunk.in_place)
		bytes = &load->report.bytes_direct;
	else
		r = load->sink(load, &slot->chunk, slot_target(pump, i));
	slot_turn(slot, SLOT_EMPTYING, SLOT_FREE);

	if (r < 0) {
		stop(pump, r);
		return;
	}
	account_bytes(load, bytes, slot->chunk.want);
	look_at_cache(pump, &slot->chunk);
}

static void give_back(struct pump *pump, struct slot *slot)
{
	end(pump, slot, SLOT_FREE);
	plan_return(&pump->load->plan, &slot->chunk);
}

static void refuse(struct pump *pump, struct slot *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;
	const bool in_place = slot->chunk.in_place;
	struct load *load = pump->load;

	give_back(pump, slot);
	if (pump->outcome != 0)
		return;
	if (code == -EFAULT && in_place)
		path_decline(load, pump->setup->path, "the %s buffer's mapping "
			     "was refused by a read: EFAULT (%s)",
			     load->buffer->label, error_text(code));
	else
		path_decline(load, pump->setup->path, "an O_DIRECT read at "
			     "offset %" PRIu64 " was refused: %s (%s)", offset,
			     error_name(code), error_text(code));
	stop(pump, PATH_DECLINED);
}

static void fail_read(struct pump *pump, struct slot *slot, int code)
{
	const uint64_t offset = slot->chunk.file_offset + slot->progress;

	give_back(pump, slot);
	if (pump->outcome < 0)
		return;
	stop(pump, code == -ENODATA ?
	     account_short_read(pump->load, offset) :
	     account_read_error(pump->load, code, offset));
}

static void again(struct pump *pump, unsigned i)
{
	struct slot *slot = &pump->slots[i];

	if (pump->outcome != 0) {
		give_back(pump, slot);
	} else if (++slot->tries > TRIES_MAX) {
		fail_read(pump, slot, -EAGAIN);
	} else {
		pump->load->report.retries++;
		issue(pump, i);
	}
}

static void arrive(struct pump *pump, unsigned i, int result)
{
	struct slot *slot = &pump->slots[i];

	switch (verdict_of(&slot->chunk, pump->setup->geometry.block, result,
			   &slot->progress)) {
	case VERDICT_DONE:
		deliver(pump, i);
		break;
	case VERDICT_MORE:
		slot->tries = 0;
		again(pump, i);
		break;
	case VERDICT_AGAIN:
		again(pump, i);
		break;
	case VERDICT_DECLINE:
		refuse(pump, slot, result);
		break;
	case VERDICT_SHORT:
		fail_read(pump, slot, -ENODATA);
		break;
	case VERDICT_FAIL:
		fail_read(pump, slot, result);
		break;
	}
}

/* 0 when something may have arrived, else the ring's own error. */
static int wait_for_some(struct pump *pump)
{
	struct ring *ring = pump->load->ring;
	const uint64_t start = sys_now();
	unsigned tries = 0;
	int r;

	do {
		r = ring_submit(ring);
		/* The kernel is short of requests until some complete. */
		if ((r == -EAGAIN || r == -EBUSY) && ring_in_flight(ring) > 0)
			r = ring_wait(ring);
		else if (r == -EAGAIN || r == -EBUSY)
			sys_nap();
		/* A signal is no trouble, however many there are. */
	} while (r == -EINTR || ((r == -EAGAIN || r == -EBUSY) &&
				 ++tries < TRIES_MAX));
	pump->load->report.read_ns += sys_now() - start;
	return r;
}

/*
 * The ring itself has failed. What was submitted may still be written by the
 * kernel, so there is no way but to wait for it, however long that takes; what
 * was only queued will never be submitted.
 */
static void abandon(struct pump *pump, int code)
{
	struct ring *ring = pump->load->ring;
	unsigned i;
	int result;

	if (pump->outcome >= 0)
		pump->outcome = fail(pump->load->err, code, "io_uring failed "
				     "while %s was read: %s",
				     pump->load->file->name, error_text(code));
	while (ring_in_flight(ring) > 0) {
		if (ring_wait(ring) < 0)
			sys_nap();
		while (ring_reap(ring, &i, &result))
			;
	}
	for (i = 0; i < pump->depth; i++)
		if (pump->slots[i].state == SLOT_READING)
			give_back(pump, &pump->slots[i]);
}

int pump_run(struct load *load, const struct pump_setup *setup)
{
	struct pump pump = {
		.load = load,
		.setup = setup,
		.depth = load->ctx->queue_depth,
	};
	unsigned i;
	int r, result;

	fill(&pump);
	while (pump.reading > 0) {
		r = wait_for_some(&pump);
		if (r < 0) {
			abandon(&pump, r);
			break;
		}
		while (ring_reap(load->ring, &i, &result))
			arrive(&pump, i, result);
		if (pump.outcome >= 0)
			stop(&pump, account_progress(load));
		fill(&pump);
	}
	return pump.outcome;
}
