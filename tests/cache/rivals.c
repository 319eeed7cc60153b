/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "policy.h"
#include "replay.h"

static uint32_t object_in(const struct replay *replay, uint32_t slot)
{
	return replay->objects[slot];
}

/* Policies that keep a figure for each object. */
static void begin_figures(struct replay *replay)
{
	replay->data = replay_allocate(replay->trace->objects, sizeof(size_t));
}

static void end_figures(struct replay *replay)
{
	free(replay->data);
}

static size_t *figure(struct replay *replay, uint32_t slot)
{
	return (size_t *)replay->data + object_in(replay, slot);
}

static void keep_figure(struct replay *replay, uint32_t slot)
{
	(void)replay;
	(void)slot;
}

static double worth_figure(struct replay *replay, uint32_t slot)
{
	return (double)*figure(replay, slot);
}

static void note_time(struct replay *replay, uint32_t slot)
{
	*figure(replay, slot) = replay->now;
}

/* Evict the object that was used longest ago. */
const struct rival lru = {
	"LRU", begin_figures, note_time, note_time, keep_figure, worth_figure,
	end_figures,
};

static void count_use(struct replay *replay, uint32_t slot)
{
	++*figure(replay, slot);
}

/* Evict the object that was used least often in the whole trace so far. */
const struct rival lfu = {
	"LFU", begin_figures, count_use, count_use, keep_figure, worth_figure,
	end_figures,
};

/* Evict the object whose next use comes last (Belady). No policy hits more. */
struct future {
	/* By use: the next use of the same object. */
	size_t *next;
	/* By resident object: its next use. */
	size_t *at;
};

static void begin_future(struct replay *replay)
{
	const struct trace *trace = replay->trace;
	struct future *future = replay_allocate(1, sizeof(*future));
	size_t i;

	future->next = replay_allocate(trace->count, sizeof(size_t));
	future->at = replay_allocate(trace->objects, sizeof(size_t));
	for (i = 0; i < trace->objects; i++)
		future->at[i] = 2 * trace->count;
	for (i = trace->count; i-- > 0; ) {
		future->next[i] = future->at[trace->uses[i]];
		future->at[trace->uses[i]] = i;
	}
	replay->data = future;
}

static void end_future(struct replay *replay)
{
	struct future *future = replay->data;

	free(future->next);
	free(future->at);
	free(future);
}

static void note_next(struct replay *replay, uint32_t slot)
{
	const struct future *future = replay->data;

	future->at[object_in(replay, slot)] = future->next[replay->now];
}

static double worth_next(struct replay *replay, uint32_t slot)
{
	const struct future *future = replay->data;

	return -(double)future->at[object_in(replay, slot)];
}

const struct rival best = {
	"best", begin_future, note_next, note_next, keep_figure, worth_next,
	end_future,
};

/* The library's policy. */
struct own {
	struct sc_policy policy;
	struct sc_use *uses;
};

static void begin_own(struct replay *replay)
{
	struct own *own = aligned_alloc(64, sizeof(*own));

	if (!own)
		abort();
	own->uses = replay_allocate(replay->slots, sizeof(*own->uses));
	if (sc_policy_init(&own->policy, replay->slots) < 0)
		abort();
	replay->data = own;
}

static void end_own(struct replay *replay)
{
	struct own *own = replay->data;

	sc_policy_finish(&own->policy);
	free(own->uses);
	free(own);
}

static uint64_t hash_in(const struct replay *replay, uint32_t slot)
{
	uint64_t hash = object_in(replay, slot) + UINT64_C(1);

	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static void hit_own(struct replay *replay, uint32_t slot)
{
	struct own *own = replay->data;

	sc_policy_hit(&own->policy, &own->uses[slot]);
}

static void enter_own(struct replay *replay, uint32_t slot)
{
	struct own *own = replay->data;

	sc_policy_enter(&own->policy, &own->uses[slot], hash_in(replay, slot),
			false);
}

static void leave_own(struct replay *replay, uint32_t slot)
{
	struct own *own = replay->data;

	sc_policy_leave(&own->policy, &own->uses[slot], hash_in(replay, slot));
}

static double worth_own(struct replay *replay, uint32_t slot)
{
	struct own *own = replay->data;

	return sc_policy_worth(&own->policy, &own->uses[slot],
			       sc_policy_now(&own->policy));
}

const struct rival ours = {
	"this", begin_own, hit_own, enter_own, leave_own, worth_own, end_own,
};
