/* SPDX-License-Identifier: MIT */
/* The other calls: the fd, dropping a file, the counters. */
#include <errno.h>
#include <sys/eventfd.h>

#include "ahead.h"
#include "common/error.h"
#include "parts.h"
#include "slots.h"
#include "structs.h"

int dmaload_cache_fd(struct dmaload_slot_cache *cache, struct dmaload_error *err)
{
	int r;

	r = sc_cache_check(cache, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&cache->lock);
	r = atomic_load(&cache->event);
	if (r < 0) {
		r = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (r < 0)
			r = sc_fail(err, -errno, "cannot create an eventfd for "
				    "a cache: %s",
				    error_describe(-errno));
		else
			atomic_store(&cache->event, r);
	}
	pthread_mutex_unlock(&cache->lock);
	return r;
}

/* Remove the part of a slot. A pinned slot stays until it is put. Called with
 * the lock held. */
static void forget(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	uint32_t word;

	if (sc_slot_state(slot) == SC_LOADING) {
		sc_index_remove(&cache->index, slot);
		slot->stale = true;
		return;
	}
	cache->stats.dropped++;
	if (sc_remove(cache, slot)) {
		sc_notify_freed(cache);
		return;
	}
	sc_index_remove(&cache->index, slot);
	word = atomic_load(&slot->word);
	while (!atomic_compare_exchange_weak(&slot->word, &word,
					     sc_word(SC_STALE,
						     sc_pins_of(word))))
		;
	/* The last put may have come before. */
	sc_release_if_lost(cache, slot);
}

void dmaload_cache_drop(struct dmaload_slot_cache *cache,
			struct dmaload_file *file)
{
	struct sc_slot *slot;
	enum sc_state state;
	uint32_t i;

	if (!file || !cache || sc_cache_check(cache, NULL) < 0)
		return;
	pthread_mutex_lock(&cache->lock);
	sc_ahead_drop(cache, file);
	for (i = 0; i < cache->n_slots; i++) {
		slot = &cache->slots[i];
		state = sc_slot_state(slot);
		if (slot->key.file == file &&
		    (state == SC_READY ||
		     (state == SC_LOADING && !slot->stale)))
			forget(cache, slot);
	}
	pthread_mutex_unlock(&cache->lock);
}

static void count_slot(struct dmaload_cache_stats *stats,
		       const struct sc_slot *slot)
{
	const uint32_t word = atomic_load(&slot->word);

	stats->hits += atomic_load_explicit(&slot->hits, memory_order_relaxed);
	stats->slots++;
	stats->slots_resident += sc_state_of(word) == SC_READY;
	stats->slots_loading += sc_state_of(word) == SC_LOADING;
	stats->slots_pinned += sc_pins_of(word) > 0;
}

int dmaload_cache_stats(struct dmaload_slot_cache *cache,
			struct dmaload_cache_stats *stats,
			struct dmaload_error *err)
{
	struct dmaload_cache_stats own;
	uint32_t i;
	int r;

	r = sc_cache_check(cache, err);
	if (r < 0)
		return r;
	if (!stats || !sc_struct_has_size(stats))
		return sc_fail(err, -EINVAL, "no struct dmaload_cache_stats "
			       "with its size set");
	pthread_mutex_lock(&cache->lock);
	own = cache->stats;
	for (i = 0; i < cache->n_slots; i++)
		count_slot(&own, &cache->slots[i]);
	own.prefetch_hits = atomic_load(&cache->prefetch_hits);
	pthread_mutex_unlock(&cache->lock);
	sc_struct_give(&own, sizeof(own), stats);
	return 0;
}
