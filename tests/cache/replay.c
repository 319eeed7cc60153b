/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdbool.h>
#include <stdlib.h>

enum { EXPERTS_MAX = 256 };

void *replay_allocate(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (!memory)
		abort();
	return memory;
}

void trace_make(struct trace *trace)
{
	const struct routing_options *o = &trace->options;
	uint32_t experts[EXPERTS_MAX], token, layer, n, i;
	struct routing routing;

	if (o->experts > EXPERTS_MAX || routing_init(&routing, o) < 0)
		abort();
	trace->objects = o->layers * o->experts;
	trace->uses = replay_allocate((size_t)trace->tokens * trace->objects,
				      sizeof(*trace->uses));
	trace->count = 0;
	for (token = 0; token < trace->tokens; token++) {
		routing_next(&routing);
		for (layer = 0; layer < o->layers; layer++) {
			n = routing_choose(&routing, layer, experts);
			for (i = 0; i < n; i++)
				trace->uses[trace->count++] =
					layer * o->experts + experts[i];
		}
	}
	routing_finish(&routing);
}

void trace_free(struct trace *trace)
{
	free(trace->uses);
}

static uint32_t *pins_beside(const struct replay *replay, uint32_t slot)
{
	return &replay->pinned_in[slot % replay->buffers];
}

static void unpin(struct replay *replay, uint32_t slot)
{
	if (--replay->pinned[slot] == 0)
		--*pins_beside(replay, slot);
}

/* Replace the oldest pin. */
static void pin(struct replay *replay, uint32_t slot)
{
	uint32_t *place;

	if (replay->pins == 0)
		return;
	place = &replay->recent[replay->now % replay->pins];
	if (replay->now >= replay->pins)
		unpin(replay, *place);
	*place = slot;
	if (replay->pinned[slot]++ == 0)
		++*pins_beside(replay, slot);
}

static uint32_t choose(struct replay *replay, const struct rival *rival)
{
	uint32_t victim = UINT32_MAX, slot;
	double lowest = 0, worth;

	for (slot = 0; slot < replay->slots; slot++) {
		if (replay->pinned[slot] > 0)
			continue;
		worth = rival->worth(replay, slot);
		if (victim == UINT32_MAX ||
		    *pins_beside(replay, slot) < *pins_beside(replay, victim) ||
		    (*pins_beside(replay, slot) == *pins_beside(replay, victim) &&
		     worth < lowest)) {
			victim = slot;
			lowest = worth;
		}
	}
	if (victim == UINT32_MAX)
		abort();
	return victim;
}

static uint32_t load(struct replay *replay, const struct rival *rival,
		     uint32_t object)
{
	uint32_t slot;

	if (replay->used < replay->slots) {
		slot = replay->used++;
	} else {
		slot = choose(replay, rival);
		replay->evictions++;
		replay->waits += *pins_beside(replay, slot) > 0;
		rival->leave(replay, slot);
		replay->where[replay->objects[slot]] = -1;
	}
	replay->objects[slot] = object;
	replay->where[object] = slot;
	rival->enter(replay, slot);
	return slot;
}

static void begin(struct replay *replay, const struct trace *trace)
{
	uint32_t i;

	replay->objects = replay_allocate(replay->slots, sizeof(uint32_t));
	replay->pinned = replay_allocate(replay->slots, sizeof(uint32_t));
	replay->pinned_in = replay_allocate(replay->buffers, sizeof(uint32_t));
	replay->recent = replay_allocate(replay->pins, sizeof(uint32_t));
	replay->where = replay_allocate(trace->objects, sizeof(int64_t));
	for (i = 0; i < trace->objects; i++)
		replay->where[i] = -1;
}

static void end(struct replay *replay)
{
	free(replay->objects);
	free(replay->pinned);
	free(replay->pinned_in);
	free(replay->recent);
	free(replay->where);
}

double replay_trace(struct replay *replay, const struct trace *trace,
		    const struct rival *rival, uint32_t slots, uint32_t pins,
		    uint32_t buffers)
{
	size_t hits = 0;
	uint32_t object;
	int64_t slot;

	*replay = (struct replay){ .trace = trace, .slots = slots,
				   .pins = pins, .buffers = buffers };
	begin(replay, trace);
	rival->begin(replay);
	for (; replay->now < trace->count; replay->now++) {
		object = trace->uses[replay->now];
		slot = replay->where[object];
		if (slot >= 0) {
			hits++;
			rival->hit(replay, (uint32_t)slot);
		} else {
			slot = load(replay, rival, object);
		}
		pin(replay, (uint32_t)slot);
	}
	rival->end(replay);
	end(replay);
	return 100.0 * (double)hits / (double)trace->count;
}
