/* SPDX-License-Identifier: MIT */
/*
 * Gets the experts of a trace from a cache, step by step. Receives a model and
 * a trace; hands on the times. Always: an expert that differs from the file is
 * an error.
 */
#ifndef REPLAY_EXPERTS_H
#define REPLAY_EXPERTS_H

#include <dmaload-cache.h>

#include "stacks.h"
#include "trace.h"

struct replay {
	const struct model *model;
	const struct experts *experts;
	const char *path, *source;
	uint64_t cache_bytes;
	bool prefetch, verify;
	/* How long a device works on the experts of a layer. */
	uint32_t work_us;

	struct dmaload_ctx *ctx;
	struct dmaload_slot_cache *cache;
	uint32_t slots;
	/* The slots that are pinned. */
	const struct dmaload_cache_slot **pinned;
	uint32_t pinned_max;
	/* The step: a layer, and the experts that it uses. */
	uint32_t *used, layer, count;
	/* How long each step waited, in ns. */
	uint64_t *waits;
	size_t n_waits, waits_room;
	/* The time of all steps, without the time to verify. */
	uint64_t ns;
	uint64_t verified;
};

/* These return 0, or -1 after a call of complain(). End the replay even after a
 * failure. */
int replay_begin(struct replay *replay);
int replay_run(struct replay *replay, struct trace *trace);
int replay_print(struct replay *replay);
void replay_end(struct replay *replay);

#endif
