/* SPDX-License-Identifier: MIT */
#include "replay-experts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* GGUF files align their tensors, and most experts in them, to at least
 * this. */
enum { ALIGNMENT = 32 };
/* Buffers, if the source sets no limit: more than a layer uses experts. */
enum { BUFFERS = 32 };
/* Two experts, and some for prefetches. */
enum { SPARE_SLOTS = 4 };

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Only udmabufs have a limit. The default source may be one. */
static uint64_t buffer_limit(const struct replay *replay)
{
	const char *source = replay->source ? replay->source : "udmabuf";
	const struct dmaload_source *one;
	struct dmaload_sources *sources;
	uint64_t max = UINT64_MAX;
	size_t i;

	if (dmaload_sources_create(&sources, 1, NULL) < 0)
		return max;
	for (i = 0; (one = dmaload_sources_get(sources, i)); i++)
		if (strcmp(source, one->name) == 0)
			max = one->max_bytes;
	dmaload_sources_destroy(sources);
	return max;
}

/* A page more than the longest part, so that each part can have the same offset
 * within a page as in the file, and is read without a copy. */
static int make_cache(struct replay *replay)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = (replay->experts->part_max / page + 2) * page,
		.source = replay->source,
		.align = ALIGNMENT,
	};
	uint64_t slots = replay->cache_bytes / config.slot_bytes;
	struct dmaload_error err;

	if (slots < replay->experts->layer_max * 2 + SPARE_SLOTS)
		return complain(replay->path, "a cache of %" PRIu64 " bytes has "
				"%" PRIu64 " slots of %" PRIu64 ", which are too "
				"few", replay->cache_bytes, slots,
				config.slot_bytes);
	slots = smaller(slots, DMALOAD_CACHE_SLOTS_MAX);
	config.slots_per_buffer = (uint32_t)
		smaller((slots + BUFFERS - 1) / BUFFERS,
			buffer_limit(replay) / config.slot_bytes);
	if (config.slots_per_buffer == 0)
		config.slots_per_buffer = 1;
	config.buffers = (uint32_t)(slots / config.slots_per_buffer);
	replay->slots = config.buffers * config.slots_per_buffer;
	if (dmaload_cache_create(&replay->cache, replay->ctx, &config, &err) < 0)
		return complain(replay->path, "%s", err.message);
	printf("cache     %" PRIu32 " slots of %" PRIu64 " bytes, in %" PRIu32
	       " buffers: %.0f %% of the experts\n", replay->slots,
	       config.slot_bytes, config.buffers,
	       100.0 * (double)(replay->slots * config.slot_bytes) /
	       (double)replay->experts->bytes);
	return 0;
}

int replay_begin(struct replay *replay)
{
	const struct experts *experts = replay->experts;
	struct dmaload_error err;

	if (dmaload_ctx_create(&replay->ctx, NULL, &err) < 0)
		return complain(replay->path, "%s", err.message);
	if (make_cache(replay) < 0)
		return -1;
	/* The others are left for prefetches. */
	replay->pinned_max = replay->slots / 2;
	replay->pinned = calloc(replay->pinned_max, sizeof(*replay->pinned));
	replay->used = calloc(experts->n_experts, sizeof(*replay->used));
	if (!replay->pinned || !replay->used)
		return complain(replay->path, "no memory");
	return 0;
}

void replay_end(struct replay *replay)
{
	dmaload_cache_destroy(replay->cache);
	dmaload_ctx_destroy(replay->ctx);
	free(replay->pinned);
	free(replay->used);
	free(replay->waits);
}
