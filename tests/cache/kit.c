/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

void kit_make_from(struct kit *kit, const struct dmaload_cache_config *config)
{
	*kit = (struct kit){ .file = { .size = 1000 * PART, .number = 1 } };
	if (dmaload_cache_create(&kit->cache, fake_ctx, config, &kit->err) < 0)
		fail_msg("%s", kit->err.message);
}

void kit_make(struct kit *kit, uint32_t buffers, uint32_t slots_per_buffer)
{
	const struct dmaload_cache_config config = {
		.size = sizeof(config),
		.slot_bytes = PART,
		.slots_per_buffer = slots_per_buffer,
		.buffers = buffers,
	};

	kit_make_from(kit, &config);
}

void kit_drop(struct kit *kit)
{
	dmaload_cache_destroy(kit->cache);
	fake_check_empty();
}

int kit_try(struct kit *kit, unsigned n, int64_t timeout_ns, slot_ptr *slot)
{
	return dmaload_cache_get(kit->cache, &kit->file, n * PART, PART,
				 timeout_ns, slot, &kit->err);
}

slot_ptr kit_get(struct kit *kit, unsigned n)
{
	slot_ptr slot;

	if (kit_try(kit, n, DMALOAD_FOREVER, &slot) < 0)
		fail_msg("part %u: %s", n, kit->err.message);
	assert_int_equal(slot->length, PART);
	assert_true(fake_holds(slot, &kit->file, n * PART));
	return slot;
}

void kit_use(struct kit *kit, unsigned n)
{
	kit_put(kit, kit_get(kit, n));
}

slot_ptr kit_begin(struct kit *kit, unsigned n)
{
	slot_ptr slot;

	if (dmaload_cache_begin(kit->cache, &kit->file, n * PART, PART, &slot,
				&kit->err) < 0)
		fail_msg("part %u: %s", n, kit->err.message);
	return slot;
}

void kit_put(struct kit *kit, slot_ptr slot)
{
	dmaload_cache_put(kit->cache, slot);
}

void kit_prefetch(struct kit *kit, unsigned n)
{
	assert_int_equal(dmaload_cache_prefetch(kit->cache, &kit->file, n * PART,
						PART, &kit->err), 0);
}

bool kit_hits(struct kit *kit, unsigned n)
{
	const unsigned before = fake.submitted;

	kit_use(kit, n);
	return fake.submitted == before;
}

struct dmaload_cache_stats kit_stats(struct kit *kit)
{
	struct dmaload_cache_stats stats = { .size = sizeof(stats) };

	assert_int_equal(dmaload_cache_stats(kit->cache, &stats, NULL), 0);
	return stats;
}

void kit_check_stats(struct kit *kit)
{
	const struct dmaload_cache_stats stats = kit_stats(kit);

	assert_int_equal(stats.misses + stats.prefetches,
			 stats.loads + stats.failures);
	assert_int_equal(stats.slots_resident,
			 stats.loads - stats.evictions - stats.dropped);
	assert_int_equal(stats.slots_loading, 0);
	assert_true(stats.prefetch_hits <= stats.prefetches);
	assert_true(stats.slots_pinned <= stats.slots);
	assert_true(stats.waits > 0 || stats.wait_ns == 0);
}

void kit_await_finished(struct kit *kit, uint64_t count)
{
	struct dmaload_cache_stats stats;

	do {
		sched_yield();
		stats = kit_stats(kit);
	} while (stats.loads + stats.failures < count);
	assert_int_equal(stats.loads + stats.failures, count);
}

void kit_check_failure(const struct kit *kit, int r, int code, const char *word)
{
	if (r != code)
		fail_msg("the result is %d, not %d", r, code);
	assert_int_equal(kit->err.code, code);
	if (!strstr(kit->err.message, word))
		fail_msg("\"%s\" does not say \"%s\"", kit->err.message, word);
}

static void *get(void *data)
{
	struct getter *getter = data;

	getter->result = dmaload_cache_get(getter->kit->cache,
					   &getter->kit->file,
					   getter->part * PART, PART,
					   getter->timeout_ns, &getter->slot,
					   &getter->err);
	return NULL;
}

void getter_start(struct getter *getter, struct kit *kit, unsigned part,
		  int64_t timeout_ns)
{
	*getter = (struct getter){ .kit = kit, .part = part,
				   .timeout_ns = timeout_ns };
	assert_int_equal(pthread_create(&getter->thread, NULL, get, getter), 0);
}

int getter_join(struct getter *getter)
{
	pthread_join(getter->thread, NULL);
	return getter->result;
}
