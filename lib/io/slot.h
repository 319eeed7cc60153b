/* SPDX-License-Identifier: MIT */
/*
 * Receives: a chunk to read or write.
 * Hands on: the request, with its memory.
 * Always:   while a slot is IN_FLIGHT, only the kernel uses its memory.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include <dmaload/report.h>

#include "plan/plan.h"

struct seat;

/*
 * FREE; IN_FLIGHT while the kernel may use its memory; ARRIVED when the kernel
 * is done with it; COPYING while the CPU copies the bytes; then FREE again.
 */
enum slot_state { SLOT_FREE, SLOT_IN_FLIGHT, SLOT_ARRIVED, SLOT_COPYING };

/* A slot of a pump, and its chunk. */
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
	/* The memory of the request: from the pool, or the buffer itself. */
	void *memory;
	/* The thread itself reads or writes it, without a ring. */
	bool here;
	/* None of its pages was in the page cache when it began. */
	bool absent;
	/* Bytes of the chunk that have arrived, in whole blocks. */
	uint32_t progress;
	unsigned tries;
	/* The result on arrival: bytes or -errno. */
	int result;
	/* What another thread does with the bytes: see io/hands.h. It sets the
	 * result; the offset in the file where it failed; and the time that it
	 * took, in ns. */
	void (*work)(struct slot *slot);
	int work_result;
	uint64_t work_failed_at;
	uint64_t work_ns;
	/* When the chunk began, if a tracer wants it, else 0. */
	uint64_t traced_from;
	/* The next slot in a list of slots that have arrived. */
	struct slot *next;
};

/* Change the state. Any other state than from is a bug. */
void slot_turn(struct slot *slot, enum slot_state from, enum slot_state to);

/* Append a slot to the completed ones of its load. */
void slot_arrived(struct slot *slot);

/* Queue the rest of a chunk with the ring. */
void slot_queue(struct slot *slot);

/* Read or write the rest of a chunk in this thread, and set the result. */
void slot_perform(struct slot *slot);

/* Repeat the request for the rest of a chunk. */
void slot_again(struct slot *slot);

/* Free the slot of a finished chunk. */
void slot_release(struct slot *slot, enum slot_state from);

#endif
