/* SPDX-License-Identifier: MIT */
#include "../integration/support.h"

#include <dmaload-cache.h>
#include <errno.h>

#include "../integration/pattern.h"

enum { PART = 65536, PARTS = 64, FILE_BYTES = 16777216 };

static void submit_all(struct dmaload_ctx *ctx, struct dmaload_events *events,
		       struct dmaload_file *file, struct dmaload_buffer *buffer)
{
	struct dmaload_options options = {
		.size = sizeof(options),
		.events = events,
	};
	uint64_t i;

	for (i = 0; i < PARTS; i++) {
		options.user_data = i;
		assert_int_equal(dmaload_submit(NULL, ctx, DMALOAD_LOAD,
						&(struct dmaload_range){
			.file = file,
			.file_offset = i * PART,
			.buffer = buffer,
			.buffer_offset = i * PART,
			.length = PART,
		}, 1, &options, NULL), 0);
	}
}

static void get_all(struct dmaload_slot_cache *cache, struct dmaload_file *file)
{
	const struct dmaload_cache_slot *slot;
	uint64_t i, at;

	for (i = 0; i < PARTS; i++) {
		at = FILE_BYTES - (i + 1) * PART;
		if (i % 3 == 0)
			assert_int_equal(dmaload_cache_prefetch(
				cache, file, at - PART, PART, NULL), 0);
		assert_int_equal(dmaload_cache_get(cache, file, at, PART,
						   DMALOAD_FOREVER, &slot, NULL),
				 0);
		assert_int_equal(pattern_differs(slot->data, PART, at), PART);
		dmaload_cache_put(cache, slot);
	}
}

static void take_all(struct dmaload_events *events)
{
	struct dmaload_event event = { .size = sizeof(event) };
	bool seen[PARTS] = { false };
	unsigned n = 0;
	int r;

	while ((r = dmaload_events_next(events, DMALOAD_FOREVER, &event, NULL,
					NULL)) == 0) {
		assert_int_equal(event.result, 0);
		assert_in_range(event.user_data, 0, PARTS - 1);
		assert_false(seen[event.user_data]);
		seen[event.user_data] = true;
		n++;
	}
	assert_int_equal(r, -ENODATA);
	assert_int_equal(n, PARTS);
}

static void test_the_cache_takes_no_events_of_the_program(void **state)
{
	struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = PART,
		.slots_per_buffer = 4,
		.buffers = 4,
		.source = place.source,
	};
	struct dmaload_slot_cache *cache;
	struct dmaload_events *events;
	struct kit kit;

	(void)state;
	kit_open(&kit, FILE_BYTES, FILE_BYTES);
	assert_int_equal(dmaload_cache_create(&cache, kit.ctx, &config, NULL),
			 0);
	assert_int_equal(dmaload_events_create(&events, kit.ctx, NULL), 0);
	submit_all(kit.ctx, events, kit.file, kit.buffer);
	get_all(cache, kit.file);
	take_all(events);
	kit_check(&kit, 0, 0, PARTS * PART);
	dmaload_events_destroy(events);
	dmaload_cache_destroy(cache);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_cache_takes_no_events_of_the_program),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("cache_context", tests, NULL, NULL);
}
