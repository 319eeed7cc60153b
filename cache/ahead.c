/* SPDX-License-Identifier: MIT */
#include "ahead.h"

#include "loads.h"
#include "parts.h"
#include "slots.h"

static struct sc_key *hint_at(struct dmaload_slot_cache *cache, uint32_t n)
{
	return &cache->hints[(cache->first_hint + n) % SC_HINTS];
}

static void start(struct dmaload_slot_cache *cache, const struct sc_key *key)
{
	struct sc_slot *slot;

	if (sc_index_find(&cache->index, key))
		return;
	slot = sc_take_slot(cache, key->hash, true);
	if (!slot) {
		cache->stats.prefetch_drops++;
		return;
	}
	/* Count the failure; the get of the part will report it. */
	cache->stats.prefetches++;
	sc_load_start(cache, slot, key, true, NULL);
}

/* A thread that waits for a slot comes first. */
void sc_ahead_start(struct dmaload_slot_cache *cache)
{
	struct sc_key key;

	while (cache->n_hints > 0 && atomic_load(&cache->starving) == 0 &&
	       cache->ahead_in_flight < cache->prefetch_depth) {
		key = *hint_at(cache, 0);
		cache->first_hint = (cache->first_hint + 1) % SC_HINTS;
		cache->n_hints--;
		start(cache, &key);
	}
}

void sc_ahead_drop(struct dmaload_slot_cache *cache,
		   const struct dmaload_file *file)
{
	uint32_t kept = 0, n;

	for (n = 0; n < cache->n_hints; n++)
		if (hint_at(cache, n)->file != file)
			*hint_at(cache, kept++) = *hint_at(cache, n);
	cache->n_hints = kept;
}

static bool is_announced(struct dmaload_slot_cache *cache,
			 const struct sc_key *key)
{
	uint32_t n;

	for (n = 0; n < cache->n_hints; n++)
		if (sc_key_equal(hint_at(cache, n), key))
			return true;
	return false;
}

int dmaload_cache_prefetch(struct dmaload_slot_cache *cache,
			   struct dmaload_file *file, uint64_t file_offset,
			   uint64_t length, struct dmaload_error *err)
{
	struct sc_key key;
	int r;

	r = sc_part_check(cache, file, file_offset, length, &key, err);
	if (r == 0)
		r = sc_part_check_file(&key, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&cache->lock);
	if (!sc_index_find(&cache->index, &key) && !is_announced(cache, &key)) {
		if (cache->n_hints < SC_HINTS)
			*hint_at(cache, cache->n_hints++) = key;
		else
			cache->stats.prefetch_drops++;
	}
	sc_ahead_start(cache);
	pthread_mutex_unlock(&cache->lock);
	return 0;
}
