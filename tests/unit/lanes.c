/* SPDX-License-Identifier: MIT */
#include "lanes.h"

#include <string.h>

#include "context/ctx.h"
#include "fuzz.h"
#include "schedule.h"

#define FILE_BYTES (256u << 10)

struct lanes lanes;

void lanes_make(uint64_t seed)
{
	static const char *const kinds[] = { "pfnmap", "heap", "foreign" };
	const struct dmaload_config config = {
		.size = sizeof(config), .chunk_bytes = 4096, .queue_depth = 3,
	};
	unsigned i;

	fake_reset();
	schedule_seed(seed);
	fake.seed = seed * 7919 + 1;
	fake.order = (enum fake_order)(seed % 3);
	scene_make_empty(&lanes.scene, 4096, 3);
	scene_add_file(&lanes.scene, FILE_BYTES, 0);
	scene_add_file(&lanes.scene, 0, 0);
	scene_add_buffer(&lanes.scene, kinds[seed % 3],
			 2 * LANES_MAX * LANE_BYTES);
	lanes.contexts[0] = lanes.scene.ctx;
	for (i = 1; i < LANES_CONTEXTS; i++)
		FUZZ_CHECK(dmaload_ctx_create(&lanes.contexts[i], &config,
					      NULL) == 0);
}

/* Each slot is free, and nobody waits for one. */
static void check_free(struct dmaload_ctx *ctx)
{
	FUZZ_CHECK(ctx->engine.budget.slots == 0);
	FUZZ_CHECK(ctx->engine.budget.bytes == 0);
	FUZZ_CHECK(!ctx->engine.budget.waiting);
	FUZZ_CHECK(ctx->engine.pool.in_use == 0);
	FUZZ_CHECK(ctx->engine.loads == 0);
}

void lanes_drop(void)
{
	unsigned i;

	for (i = 0; i < LANES_CONTEXTS; i++)
		check_free(lanes.contexts[i]);
	for (i = 1; i < LANES_CONTEXTS; i++)
		dmaload_ctx_destroy(lanes.contexts[i]);
	scene_drop(&lanes.scene);
	fake_check_balanced();
	fake_reset();
}

uint64_t lane_out(const struct lane *lane, unsigned n)
{
	return ((uint64_t)lane->number * LANE_JOBS + n) * LANE_BYTES;
}

static const unsigned char *view_of(const struct lane *lane)
{
	return lanes.scene.views[0] + lane->number * LANE_BYTES;
}

struct dmaload_range lane_draw(struct lane *lane, unsigned n)
{
	struct dmaload_range range = scene_range(&lanes.scene, 0, 0, 0,
						 lane->number * LANE_BYTES,
						 LANE_BYTES);

	lane->operation = lane->from == UINT64_MAX ? DMALOAD_LOAD :
			  (enum dmaload_operation)schedule_draw(3);
	lane->next = schedule_draw(FILE_BYTES - LANE_BYTES);
	if (schedule_draw(2))
		lane->next -= lane->next % 4096;
	range.file_offset = lane->operation == DMALOAD_LOAD ? lane->next :
							      lane->from;
	if (lane->operation == DMALOAD_STORE) {
		range.file = lanes.scene.files[1];
		range.file_offset = lane_out(lane, n);
	}
	return range;
}

struct dmaload_options lane_options(void)
{
	return (struct dmaload_options){
		.size = sizeof(struct dmaload_options),
		.flags = schedule_draw(3) ? 0 : DMALOAD_URGENT,
	};
}

void lane_check(const struct lane *lane, unsigned n)
{
	const unsigned char *bytes = lanes.scene.nodes[0]->bytes + lane->from;

	FUZZ_CHECK(memcmp(view_of(lane), bytes, LANE_BYTES) == 0);
	if (lane->operation == DMALOAD_STORE)
		FUZZ_CHECK(memcmp(lanes.scene.nodes[1]->bytes + lane_out(lane, n),
				  bytes, LANE_BYTES) == 0);
}
