/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compare.h"
#include "replay-experts.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct dmaload_file *file_of(const struct replay *replay,
				    const struct stack *stack)
{
	return replay->model->files[stack->tensor->file];
}

static uint64_t offset_of(const struct stack *stack, uint32_t expert)
{
	return stack->tensor->file_offset + expert * stack->bytes;
}

static int verify(struct replay *replay, const struct stack *stack,
		  uint32_t expert, const struct dmaload_cache_slot *slot)
{
	const struct dmaload_tensor *tensor = stack->tensor;

	if (slot->length != stack->bytes)
		return complain(replay->path, "expert %" PRIu32 " of \"%s\" has "
				"%" PRIu64 " bytes, not %" PRIu64, expert,
				tensor->name, slot->length, stack->bytes);
	if (compare_with_file(&(struct loaded){
		.tensor = tensor,
		.file_offset = offset_of(stack, expert),
		.length = stack->bytes,
		.bytes = slot->data,
	}, replay->model, replay->path) < 0)
		return -1;
	replay->verified++;
	return 0;
}

static int note_wait(struct replay *replay, uint64_t ns)
{
	uint64_t *larger;

	if (replay->n_waits == replay->waits_room) {
		replay->waits_room = 2 * replay->waits_room + 1024;
		larger = realloc(replay->waits, replay->waits_room *
				 sizeof(*replay->waits));
		if (!larger)
			return complain(replay->path, "no memory for times");
		replay->waits = larger;
	}
	replay->waits[replay->n_waits++] = ns;
	return 0;
}

/* Begin all parts, then wait for them, so that they are read at the same
 * time. */
static int pin(struct replay *replay, const struct layer *layer,
	       const uint32_t *experts, uint32_t count)
{
	struct dmaload_error err;
	const struct stack *stack;
	uint32_t n = 0, i;
	size_t s;
	int r = 0;

	for (i = 0; i < count; i++) {
		for (s = 0; s < layer->count && r == 0; s++) {
			stack = &layer->stacks[s];
			r = dmaload_cache_begin(replay->cache,
						file_of(replay, stack),
						offset_of(stack, experts[i]),
						stack->bytes,
						&replay->pinned[n], &err);
			n += r == 0;
		}
	}
	for (i = 0; i < n && r == 0; i++)
		r = dmaload_cache_wait(replay->cache, replay->pinned[i],
				       DMALOAD_FOREVER, &err);
	if (r == 0)
		return 0;
	while (n > 0)
		dmaload_cache_put(replay->cache, replay->pinned[--n]);
	return complain(replay->path, "%s", err.message);
}

static int use(struct replay *replay, const struct layer *layer,
	       const uint32_t *experts, uint32_t count)
{
	uint32_t n = 0, i;
	size_t s;
	int r = 0;

	for (i = 0; i < count; i++) {
		for (s = 0; s < layer->count; s++, n++) {
			if (replay->verify && r == 0)
				r = verify(replay, &layer->stacks[s], experts[i],
					   replay->pinned[n]);
			dmaload_cache_put(replay->cache, replay->pinned[n]);
		}
	}
	return r;
}

/* A program would query the router of the next layer ahead. */
static void announce(struct replay *replay, const struct trace *next)
{
	const struct layer *layer = &replay->experts->layers[next->layer];
	const struct stack *stack;
	uint32_t i;
	size_t s;

	for (i = 0; i < next->count; i++) {
		for (s = 0; s < layer->count; s++) {
			stack = &layer->stacks[s];
			dmaload_cache_prefetch(replay->cache,
					       file_of(replay, stack),
					       offset_of(stack,
							 next->experts[i]),
					       stack->bytes, NULL);
		}
	}
}

/* A prompt may need more experts of a layer than the cache can hold at a
 * time. */
static int step(struct replay *replay, const struct trace *next)
{
	const struct layer *layer = &replay->experts->layers[replay->layer];
	const uint32_t most = replay->pinned_max / (uint32_t)layer->count;
	uint32_t done = 0, count;
	uint64_t begun, waited = 0;

	while (done < replay->count) {
		count = replay->count - done < most ? replay->count - done :
						      most;
		begun = now_ns();
		if (pin(replay, layer, replay->used + done, count) < 0)
			return -1;
		waited += now_ns() - begun;
		done += count;
		if (next && done == replay->count)
			announce(replay, next);
		/* A device works on slot->buffer, from slot->buffer_offset
		 * on. */
		if (replay->work_us > 0)
			usleep(replay->work_us);
		replay->ns += now_ns() - begun;
		if (use(replay, layer, replay->used + done - count, count) < 0)
			return -1;
	}
	return note_wait(replay, waited);
}

int replay_run(struct replay *replay, struct trace *trace)
{
	int r = trace_next(trace);

	while (r > 0) {
		replay->layer = trace->layer;
		replay->count = trace->count;
		memcpy(replay->used, trace->experts,
		       trace->count * sizeof(*replay->used));
		r = trace_next(trace);
		if (step(replay, replay->prefetch && r > 0 ? trace : NULL) < 0)
			return -1;
	}
	return r;
}

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static double ms(const struct replay *replay, unsigned percent)
{
	const size_t at = (replay->n_waits - 1) * percent / 100;

	return 1e-6 * (double)replay->waits[at];
}

int replay_print(struct replay *replay)
{
	struct dmaload_cache_stats stats = DMALOAD_CACHE_STATS_INIT;
	struct dmaload_error err;
	uint64_t gets;

	if (dmaload_cache_stats(replay->cache, &stats, &err) < 0)
		return complain(replay->path, "%s", err.message);
	if (replay->n_waits == 0)
		return complain(replay->path, "the trace has no step");
	gets = stats.hits + stats.misses + stats.shared;
	qsort(replay->waits, replay->n_waits, sizeof(*replay->waits), compare);
	printf("hits      %.1f %% of %" PRIu64 " gets, and %.1f %% waited for a "
	       "read in flight\n", 100.0 * (double)stats.hits / (double)gets, gets,
	       100.0 * (double)stats.shared / (double)gets);
	printf("reads     %" PRIu64 " missed, %" PRIu64 " prefetched, of which %"
	       PRIu64 " were used; %" PRIu64 " evicted\n", stats.misses,
	       stats.prefetches, stats.prefetch_hits, stats.evictions);
	printf("waits     p50 %.3f ms, p99 %.3f ms for the experts of a layer\n",
	       ms(replay, 50), ms(replay, 99));
	printf("speed     %" PRIu64 " bytes read in %.2f s: %.2f GB/s\n",
	       stats.bytes_loaded, 1e-9 * (double)replay->ns,
	       (double)stats.bytes_loaded / (double)(replay->ns + 1));
	if (replay->verify)
		printf("verified  %" PRIu64 " parts equal the file\n",
		       replay->verified);
	return 0;
}
