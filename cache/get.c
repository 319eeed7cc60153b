/* SPDX-License-Identifier: MIT */
/*
 * A get in three steps. A hit needs no lock. A miss takes the lock, and joins a
 * read in flight or starts one into a free slot. It then waits for the read
 * without the lock.
 */
#include <errno.h>

#include "clock.h"
#include "loads.h"
#include "parts.h"
#include "slots.h"

/* No slot is free now. */
enum { NO_SLOT = 1 };

static void count_use(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	if (sc_policy_hit(&cache->policy, &slot->use))
		atomic_fetch_add_explicit(&cache->prefetch_hits, 1,
					  memory_order_relaxed);
}

static void count_hit(struct dmaload_slot_cache *cache, struct sc_slot *slot)
{
	atomic_fetch_add_explicit(&slot->hits, 1, memory_order_relaxed);
	count_use(cache, slot);
}

/* Return a pinned slot, or NULL if only the lock can decide. */
static struct sc_slot *hit(struct dmaload_slot_cache *cache,
			   const struct sc_key *key)
{
	struct sc_slot *slot = sc_index_search(&cache->index, key->hash);

	if (!slot || !sc_pin(cache, slot, key))
		return NULL;
	count_hit(cache, slot);
	return slot;
}

/* Use the slot that the part has already. Called with the lock held. */
static int join(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		struct dmaload_error *err)
{
	if (!sc_pin_locked(cache, slot)) {
		cache->stats.refused++;
		return sc_fail(err, -EBUSY, "the slot is pinned %u times",
			       SC_PINS_MAX);
	}
	if (sc_slot_state(slot) == SC_READY) {
		count_hit(cache, slot);
	} else {
		cache->stats.shared++;
		count_use(cache, slot);
		sc_load_hurry(slot);
	}
	return 0;
}

/* Return 0 with a pinned slot, NO_SLOT, or -errno. Called with the lock
 * held. */
static int acquire(struct dmaload_slot_cache *cache, const struct sc_key *key,
		   struct sc_slot **out, struct dmaload_error *err)
{
	struct sc_slot *slot = sc_index_find(&cache->index, key);
	int r;

	if (slot) {
		r = join(cache, slot, err);
	} else {
		slot = sc_take_slot(cache, key->hash, false);
		if (!slot)
			return NO_SLOT;
		cache->stats.misses++;
		r = sc_load_start(cache, slot, key, false, err);
	}
	if (r == 0)
		*out = slot;
	return r;
}

/* Wait for a free slot, and try again. Called with the lock held. */
static int acquire_later(struct dmaload_slot_cache *cache,
			 const struct sc_key *key, uint64_t deadline,
			 struct sc_slot **out, struct dmaload_error *err)
{
	const uint64_t begun = sc_now();
	int r;

	cache->stats.waits++;
	atomic_fetch_add(&cache->starving, 1);
	while ((r = acquire(cache, key, out, err)) == NO_SLOT &&
	       sc_remaining(deadline) > 0)
		sc_cond_wait(&cache->freed, &cache->lock, deadline);
	atomic_fetch_sub(&cache->starving, 1);
	cache->stats.wait_ns += sc_now() - begun;
	return r;
}

/* Return 0 with a pinned slot that has its bytes or is being loaded. */
static int get_slot(struct dmaload_slot_cache *cache, const struct sc_key *key,
		    uint64_t deadline, struct sc_slot **out,
		    struct dmaload_error *err)
{
	int r;

	r = sc_part_check_file(key, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&cache->lock);
	r = acquire(cache, key, out, err);
	if (r == NO_SLOT && deadline != 0)
		r = acquire_later(cache, key, deadline, out, err);
	if (r == NO_SLOT) {
		cache->stats.refused++;
		r = sc_fail(err, -EBUSY, "all %u slots are pinned or being "
			    "loaded: put some, or create more", cache->n_slots);
	}
	pthread_mutex_unlock(&cache->lock);
	return r;
}

static int check(const struct dmaload_slot_cache *cache,
		 struct dmaload_file *file, uint64_t offset, uint64_t length,
		 const struct dmaload_cache_slot **out, struct sc_key *key,
		 struct dmaload_error *err)
{
	if (!out)
		return sc_fail(err, -EINVAL, "the pointer for the slot is "
			       "NULL");
	return sc_part_check(cache, file, offset, length, key, err);
}

/* Pin the slot of a part, and wait for its bytes unless the time-out is
 * NULL. */
static int take(struct dmaload_slot_cache *cache, const struct sc_key *key,
		const int64_t *timeout_ns, const struct dmaload_cache_slot **out,
		struct dmaload_error *err)
{
	struct sc_slot *slot = hit(cache, key);
	uint64_t deadline;
	int r = 0;

	if (!slot) {
		deadline = timeout_ns ? sc_deadline(*timeout_ns) : 0;
		r = get_slot(cache, key, deadline, &slot, err);
		if (r < 0)
			return r;
		if (timeout_ns)
			r = sc_load_wait(cache, slot, deadline, err);
		if (r < 0) {
			sc_unpin(cache, slot);
			return r;
		}
	}
	*out = &slot->view;
	return 0;
}

int dmaload_cache_get(struct dmaload_slot_cache *cache,
		      struct dmaload_file *file, uint64_t file_offset,
		      uint64_t length, int64_t timeout_ns,
		      const struct dmaload_cache_slot **out,
		      struct dmaload_error *err)
{
	struct sc_key key;
	int r;

	r = check(cache, file, file_offset, length, out, &key, err);
	return r < 0 ? r : take(cache, &key, &timeout_ns, out, err);
}

int dmaload_cache_begin(struct dmaload_slot_cache *cache,
			struct dmaload_file *file, uint64_t file_offset,
			uint64_t length, const struct dmaload_cache_slot **out,
			struct dmaload_error *err)
{
	struct sc_key key;
	int r;

	r = check(cache, file, file_offset, length, out, &key, err);
	return r < 0 ? r : take(cache, &key, NULL, out, err);
}

int dmaload_cache_wait(struct dmaload_slot_cache *cache,
		       const struct dmaload_cache_slot *view, int64_t timeout_ns,
		       struct dmaload_error *err)
{
	struct sc_slot *slot = sc_slot_of(view);
	int r;

	r = sc_cache_check(cache, err);
	if (r < 0)
		return r;
	if (!view)
		return sc_fail(err, -EINVAL, "no slot");
	if (sc_slot_state(slot) == SC_READY)
		return 0;
	return sc_load_wait(cache, slot, sc_deadline(timeout_ns), err);
}

void dmaload_cache_put(struct dmaload_slot_cache *cache,
		       const struct dmaload_cache_slot *slot)
{
	if (slot && cache && sc_cache_check(cache, NULL) == 0)
		sc_unpin(cache, sc_slot_of(slot));
}
