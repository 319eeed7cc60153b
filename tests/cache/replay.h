/* SPDX-License-Identifier: MIT */
/*
 * Traces of a model's experts, and a cache of slots on which policies are
 * compared: LRU, LFU, the policy of libdmaload-cache, and the optimal one,
 * which knows the future.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "routing.h"

struct trace {
	const char *name;
	struct routing_options options;
	uint32_t tokens;
	/* The trace: a number for each expert of each layer. */
	uint32_t *uses;
	size_t count;
	uint32_t objects;
};

void trace_make(struct trace *trace);
void trace_free(struct trace *trace);

struct replay {
	const struct trace *trace;
	/* The index of the use that is replayed. */
	size_t now;
	uint32_t slots;
	/* The number of latest uses that stay pinned, and of buffers that the
	 * slots lie in. Buffers with few pins are evicted from first. */
	uint32_t pins, buffers;
	/* By slot: its object, and its pins. By object: its slot, or -1. */
	uint32_t *objects, *pinned;
	int64_t *where;
	uint32_t *pinned_in;
	/* The slots of the latest uses. */
	uint32_t *recent;
	uint32_t used;
	/* Evictions from a buffer that had pins; gets that found all slots
	 * pinned. */
	size_t evictions, waits;
	void *data;
};

/* A policy. It is notified of each use, and asked for the worth of a slot. */
struct rival {
	const char *name;
	void (*begin)(struct replay *replay);
	void (*hit)(struct replay *replay, uint32_t slot);
	void (*enter)(struct replay *replay, uint32_t slot);
	void (*leave)(struct replay *replay, uint32_t slot);
	/* The slot of the lowest worth is evicted. */
	double (*worth)(struct replay *replay, uint32_t slot);
	void (*end)(struct replay *replay);
};

extern const struct rival lru, lfu, ours, best;

/* Return the hits in percent. With 0 pins, no slot is pinned. */
double replay_trace(struct replay *replay, const struct trace *trace,
		    const struct rival *rival, uint32_t slots, uint32_t pins,
		    uint32_t buffers);

void *replay_allocate(size_t count, size_t size);

#endif
