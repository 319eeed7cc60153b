/* SPDX-License-Identifier: MIT */
/* Create a cache from a configuration. After a failure nothing is left. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "common/error.h"
#include "common/thread.h"
#include "error.h"
#include "loads.h"
#include "process.h"
#include "structs.h"

static int check_slots(const struct dmaload_cache_config *config, uint64_t page,
		       struct dmaload_error *err)
{
	const uint32_t align = config->align;

	if (config->slot_bytes == 0 || config->slot_bytes % page != 0)
		return sc_fail(err, -EINVAL, "the slot size of %" PRIu64 " "
			       "bytes is not a multiple of the page size, %"
			       PRIu64,
			       config->slot_bytes, page);
	if (config->slots_per_buffer == 0 || config->buffers == 0)
		return sc_fail(err, -EINVAL, "a cache needs at least one buffer "
			       "with one slot");
	if (align > page || (align & (align - 1)) != 0)
		return sc_fail(err, -EINVAL, "the alignment %u is not a power "
			       "of two up to the page size, %" PRIu64,
			       align, page);
	if ((uint64_t)config->slots_per_buffer * config->buffers >
	    DMALOAD_CACHE_SLOTS_MAX)
		return sc_fail(err, -EOVERFLOW, "%u buffers of %u slots are more "
			       "than %u slots: make larger slots",
			       config->buffers, config->slots_per_buffer,
			       DMALOAD_CACHE_SLOTS_MAX);
	if (config->slot_bytes > INT64_MAX / config->slots_per_buffer ||
	    config->slot_bytes * config->slots_per_buffer > SIZE_MAX / 2)
		return sc_fail(err, -EOVERFLOW, "%u slots of %" PRIu64 " bytes "
			       "exceed the address space",
			       config->slots_per_buffer, config->slot_bytes);
	return 0;
}

/* Check the caller's buffers: no buffer occurs twice, and each has room for its
 * slots. */
static int check_memory(const struct dmaload_cache_config *config,
			struct dmaload_error *err)
{
	const uint64_t bytes = config->slot_bytes * config->slots_per_buffer;
	uint32_t i, j;

	for (i = 0; config->memory && i < config->buffers; i++) {
		if (!config->memory[i])
			return sc_fail(err, -EINVAL, "buffer %u is NULL", i);
		if (dmaload_buffer_size(config->memory[i]) < bytes)
			return sc_fail(err, -ENOSPC, "buffer %u has %" PRIu64
				       " bytes, and its slots need %" PRIu64, i,
				       dmaload_buffer_size(config->memory[i]),
				       bytes);
		for (j = 0; j < i; j++)
			if (config->memory[j] == config->memory[i])
				return sc_fail(err, -EINVAL, "buffers %u and %u "
					       "are the same", j, i);
	}
	return 0;
}

/* Allocate zeroed memory on separate cache lines. */
static void *allocate(size_t count, size_t size)
{
	void *memory = NULL;

	if (count > SIZE_MAX / size ||
	    posix_memalign(&memory, 64, count * size) != 0)
		return NULL;
	memset(memory, 0, count * size);
	return memory;
}

static int make_buffers(struct dmaload_slot_cache *cache,
			const struct dmaload_cache_config *config,
			struct dmaload_error *err)
{
	struct sc_buffer *buffer;
	uint32_t i;
	int r;

	cache->owns_buffers = !config->memory;
	for (i = 0; i < config->buffers; i++) {
		buffer = &cache->buffers[i];
		if (config->memory) {
			buffer->memory = config->memory[i];
			continue;
		}
		r = dmaload_buffer_create(&buffer->memory, config->source,
					  config->slot_bytes *
					  config->slots_per_buffer, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Neighbors lie in different buffers, so that free slots are taken from all. */
static void make_slots(struct dmaload_slot_cache *cache)
{
	uint32_t i;

	for (i = 0; i < cache->n_slots; i++)
		cache->slots[i].buffer = i % cache->n_buffers;
}

static int make_tables(struct dmaload_slot_cache *cache,
		       struct dmaload_error *err)
{
	cache->buffers = allocate(cache->n_buffers, sizeof(*cache->buffers));
	cache->slots = allocate(cache->n_slots, sizeof(*cache->slots));
	if (!cache->buffers || !cache->slots ||
	    sc_index_init(&cache->index, cache->slots, cache->n_slots) < 0 ||
	    sc_policy_init(&cache->policy, cache->n_slots) < 0)
		return sc_fail(err, -ENOMEM, "no memory for the records of %u "
			       "slots", cache->n_slots);
	make_slots(cache);
	return 0;
}

static void free_tables(struct dmaload_slot_cache *cache)
{
	uint32_t i;

	for (i = 0; cache->buffers && cache->owns_buffers &&
	     i < cache->n_buffers; i++)
		dmaload_buffer_destroy(cache->buffers[i].memory);
	sc_policy_finish(&cache->policy);
	sc_index_finish(&cache->index);
	free(cache->slots);
	free(cache->buffers);
	free(cache);
}

static int start(struct dmaload_slot_cache *cache, struct dmaload_error *err)
{
	int r;

	r = condition_init(&cache->freed);
	if (r < 0)
		return sc_fail(err, r, "cannot create a condition for waiting "
			       "threads: %s",
			       error_describe(r));
	r = condition_init(&cache->submitted);
	if (r == 0) {
		pthread_mutex_init(&cache->lock, NULL);
		r = sc_loads_begin(cache, err);
		if (r == 0)
			return 0;
		pthread_mutex_destroy(&cache->lock);
		pthread_cond_destroy(&cache->submitted);
	} else {
		sc_fail(err, r, "cannot create a condition for the cache's "
			"thread: %s",
			error_describe(r));
	}
	pthread_cond_destroy(&cache->freed);
	return r;
}

static int make(struct dmaload_slot_cache **out, struct dmaload_ctx *ctx,
		const struct dmaload_cache_config *config, uint32_t page,
		struct dmaload_error *err)
{
	struct dmaload_slot_cache *cache = allocate(1, sizeof(*cache));
	int r;

	if (!cache)
		return sc_fail(err, -ENOMEM, "no memory for a cache's record");
	cache->ctx = ctx;
	cache->process = sc_process();
	cache->page = page;
	cache->align = config->align ? config->align : page;
	cache->prefetch_depth = config->prefetch_depth ? config->prefetch_depth :
				DMALOAD_CACHE_PREFETCH_DEFAULT;
	cache->slot_bytes = config->slot_bytes;
	cache->n_buffers = config->buffers;
	cache->n_slots = config->buffers * config->slots_per_buffer;
	cache->event = -1;
	r = make_tables(cache, err);
	if (r == 0)
		r = make_buffers(cache, config, err);
	if (r == 0)
		r = start(cache, err);
	if (r < 0)
		free_tables(cache);
	else
		*out = cache;
	return r;
}

int dmaload_cache_create(struct dmaload_slot_cache **out,
			 struct dmaload_ctx *ctx,
			 const struct dmaload_cache_config *config,
			 struct dmaload_error *err)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	struct dmaload_cache_config own;
	int r;

	if (!out || !ctx || !config)
		return sc_fail(err, -EINVAL, "no context, no config, or the "
			       "pointer for the cache is NULL");
	if (!sc_struct_take(&own, sizeof(own), config))
		return sc_fail(err, -EINVAL, "struct dmaload_cache_config has "
			       "an invalid size, or members that this version "
			       "does not know");
	r = check_slots(&own, page, err);
	if (r == 0)
		r = check_memory(&own, err);
	if (r == 0)
		r = make(out, ctx, &own, page, err);
	return r;
}

void dmaload_cache_destroy(struct dmaload_slot_cache *cache)
{
	if (!cache || !sc_process_is(cache->process))
		return;
	sc_loads_end(cache);
	if (cache->event >= 0)
		close(cache->event);
	pthread_mutex_destroy(&cache->lock);
	pthread_cond_destroy(&cache->submitted);
	pthread_cond_destroy(&cache->freed);
	free_tables(cache);
}
