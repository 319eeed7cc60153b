/* SPDX-License-Identifier: MIT */
/*
 * Receives: a chunk that is to be read or written.
 * Hands on: the request, with the memory that it is for.
 * Always:   a slot's memory belongs to the kernel while the slot is IN_FLIGHT, and to
 *           nobody else.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/report.h>

#include "plan/plan.h"

struct seat;

/*
 * FREE; or IN_FLIGHT while the kernel may use its memory; or ARRIVED when the kernel is
 * done with it; or COPYING while the CPU copies what was read; only then FREE again.
 */
enum slot_state { SLOT_FREE, SLOT_IN_FLIGHT, SLOT_ARRIVED, SLOT_COPYING };

/* A slot of a pump, and the chunk that is in it. */
struct slot {
	enum slot_state state;
	unsigned index;
	/* The owner of the chunk, and the path that moves it. */
	struct seat *seat;
	enum dmaload_path path;
	struct chunk chunk;
	/* The file's fd with O_DIRECT, and the direction. */
	int fd;
	bool write;
	/* The memory of the request; of the pool, unless it is in place. */
	void *memory;
	/* It is read or written by the thread itself, and by no ring. */
	bool here;
	/* None of its pages was in the page cache when it was begun. */
	bool absent;
	/* Bytes of the chunk that have arrived, in whole blocks. */
	uint32_t progress;
	unsigned tries;
	/* The result of the ring when it arrived: bytes or -errno. */
	int result;
	/* The next of the load's that have arrived. */
	struct slot *next;
};

/* From one state to the next; anything else is a mistake of ours. */
void slot_turn(struct slot *slot, enum slot_state from, enum slot_state to);

/* Put a slot behind those of its load that have arrived. */
void slot_arrived(struct slot *slot);

/* Queue the rest of a chunk with the ring. */
void slot_queue(struct slot *slot);

/* Read or write the rest of a chunk here and now; sets the result. */
void slot_perform(struct slot *slot);

/* The rest of a chunk that has arrived in part, or not at all, once more. */
void slot_again(struct slot *slot);

/* Nothing more is to be done with a chunk: its slot is free again. */
void slot_release(struct slot *slot, enum slot_state from);

#endif
