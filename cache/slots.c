/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include <assert.h>

#include "loads.h"

/* The maximum number of slots that a search for a victim compares. */
enum { SEARCH_MAX = 4096 };

static _Atomic uint32_t *pinned_in(struct dmaload_slot_cache *cache,
				   const struct sc_slot *slot)
{
	return &cache->buffers[slot->buffer].pinned;
}

/* Add a pin while the slot is in one of two states. */
static bool pin_in(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		   enum sc_state a, enum sc_state b)
{
	uint32_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);

	do {
		if ((sc_state_of(word) != a && sc_state_of(word) != b) ||
		    sc_pins_of(word) == SC_PINS_MAX)
			return false;
	} while (!atomic_compare_exchange_weak(&slot->word, &word, word + 1));
	if (sc_pins_of(word) == 0)
		atomic_fetch_add_explicit(pinned_in(cache, slot), 1,
					  memory_order_relaxed);
	return true;
}

/* The slot may have got another part since it was found. Compare again under
 * the pin. */
bool sc_pin(struct dmaload_slot_cache *cache, struct sc_slot *slot,
	    const struct sc_key *key)
{
	if (!pin_in(cache, slot, SC_READY, SC_READY))
		return false;
	if (sc_key_equal(&slot->key, key))
		return true;
	sc_unpin(cache, slot);
	return false;
}

bool sc_pin_locked(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	return pin_in(cache, slot, SC_READY, SC_LOADING);
}

static bool is_lost(uint32_t word)
{
	return sc_state_of(word) == SC_FAILED || sc_state_of(word) == SC_STALE;
}

/*
 * A waiting thread counts itself in starving before it searches for a slot
 * without pins. Both are sequentially consistent: either the search sees that
 * the pin is gone, or starving is seen here.
 */
void sc_unpin(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	const uint32_t word = atomic_fetch_sub(&slot->word, 1);

	assert(sc_pins_of(word) > 0);
	if (sc_pins_of(word) > 1)
		return;
	atomic_fetch_sub_explicit(pinned_in(cache, slot), 1,
				  memory_order_relaxed);
	if (!is_lost(word) && atomic_load(&cache->starving) == 0)
		return;
	pthread_mutex_lock(&cache->lock);
	sc_release_if_lost(cache, slot);
	sc_notify_freed(cache);
	pthread_mutex_unlock(&cache->lock);
}

void sc_release_if_lost(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	const uint32_t word = atomic_load(&slot->word);

	if (!is_lost(word) || sc_pins_of(word) > 0)
		return;
	sc_load_forget(slot);
	atomic_store(&slot->word, sc_word(SC_FREE, 0));
	sc_notify_freed(cache);
}

void sc_notify_freed(struct dmaload_slot_cache *cache)
{
	if (atomic_load(&cache->starving) > 0)
		pthread_cond_broadcast(&cache->freed);
}

bool sc_remove(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	uint32_t word = sc_word(SC_READY, 0);

	if (!atomic_compare_exchange_strong(&slot->word, &word,
					    sc_word(SC_FREE, 0)))
		return false;
	sc_index_remove(&cache->index, slot);
	return true;
}

/* How good a slot is as a victim; the lowest is best. */
struct rank {
	uint32_t pinned;
	float worth;
};

static bool is_better(const struct rank *a, const struct rank *b)
{
	return a->pinned < b->pinned ||
	       (a->pinned == b->pinned && a->worth < b->worth);
}

/* A part that needs a slot. */
struct need {
	uint64_t hash;
	bool ahead;
	uint64_t now;
};

static bool rank(struct dmaload_slot_cache *cache, const struct sc_slot *slot,
		 const struct need *need, struct rank *rank)
{
	const struct sc_policy *policy = &cache->policy;
	const uint32_t word = atomic_load(&slot->word);

	if (word == sc_word(SC_FREE, 0))
		rank->worth = -1;
	else if (word != sc_word(SC_READY, 0) ||
		 (need->ahead && !sc_policy_yields(policy, &slot->use,
						   need->hash, need->now)))
		return false;
	else
		rank->worth = sc_policy_worth(policy, &slot->use, need->now);
	rank->pinned = cache->buffers[slot->buffer].pinned;
	return true;
}

/*
 * The load of a slot waits for devices that use its buffer. So the pins in the
 * buffer count first, and worth second; doc/cache.md has the cost in hits.
 */
static struct sc_slot *search(struct dmaload_slot_cache *cache,
			      const struct need *need)
{
	struct sc_slot *best = NULL, *slot;
	struct rank lowest, own;
	uint32_t n;

	for (n = 0; n < cache->n_slots && (n < SEARCH_MAX || !best); n++) {
		slot = &cache->slots[cache->hand];
		cache->hand = cache->hand + 1 < cache->n_slots ?
			      cache->hand + 1 : 0;
		if (rank(cache, slot, need, &own) &&
		    (!best || is_better(&own, &lowest))) {
			best = slot;
			lowest = own;
		}
	}
	return best;
}

struct sc_slot *sc_take_slot(struct dmaload_slot_cache *cache, uint64_t hash,
			     bool ahead)
{
	const struct need need = {
		.hash = hash,
		.ahead = ahead,
		.now = sc_policy_now(&cache->policy),
	};
	struct sc_slot *slot;

	/* A get may pin a slot after the search. */
	while ((slot = search(cache, &need))) {
		if (sc_slot_state(slot) == SC_FREE)
			return slot;
		if (!sc_remove(cache, slot))
			continue;
		sc_policy_leave(&cache->policy, &slot->use, slot->key.hash);
		cache->stats.evictions++;
		return slot;
	}
	return NULL;
}
