/* SPDX-License-Identifier: MIT */
/*
 * Receives: a chunk that the ring is to read or write.
 * Hands on: the request, with the memory that it is for.
 * Always:   a slot's memory belongs to the kernel while the slot is FLYING, and to
 *           nobody else.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/report.h>

#include "plan.h"

struct load;

/*
 * FREE; or FLYING while the kernel may use its memory; or ARRIVED when the kernel is
 * done with it; or EMPTYING while the CPU copies what was read; only then FREE again.
 */
enum slot_state { SLOT_FREE, SLOT_FLYING, SLOT_ARRIVED, SLOT_EMPTYING };

/* A slot of the pump, and the chunk that is in it. */
struct transfer {
	enum slot_state state;
	unsigned slot;
	/* Who moves it. */
	enum dmaload_path path;
	struct chunk chunk;
	/* None of its pages was in the page cache when it was begun. */
	bool absent;
	/* Bytes of the chunk that have arrived, in whole blocks. */
	uint32_t progress;
	unsigned tries;
	/* What the ring said of it when it arrived: bytes or -errno. */
	int result;
};

/* From one state to the next; anything else is a mistake of ours. */
void transfer_turn(struct transfer *transfer, enum slot_state from,
		   enum slot_state to);

/* The memory that is read into or written from. */
void *transfer_memory(struct load *load, const struct transfer *transfer);

/* Queue the rest of a chunk with the ring. */
void transfer_queue(struct load *load, const struct transfer *transfer);

#endif
