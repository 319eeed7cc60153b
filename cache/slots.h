/* SPDX-License-Identifier: MIT */
/*
 * Receives: slots with and without pins.
 * Hands on: pins, and a free slot for each load.
 * Always:   pins in a buffer are counted, and no thread waits while a slot is
 *           free.
 */
#ifndef SC_SLOTS_H
#define SC_SLOTS_H

#include "cache.h"

/* Pin a slot if it is ready and has this part. Any thread, no lock. */
bool sc_pin(struct dmaload_slot_cache *cache, struct sc_slot *slot,
	    const struct sc_key *key);
/* Pin a slot that is ready or being loaded. Return false if it has too many
 * pins. Called with the lock held, so that the slot keeps its part. */
bool sc_pin_locked(struct dmaload_slot_cache *cache, struct sc_slot *slot);
/* Remove a pin. Called without the lock. */
void sc_unpin(struct dmaload_slot_cache *cache, struct sc_slot *slot);

/* Free a slot whose read failed, or whose part was dropped, unless it is
 * pinned. Called with the lock held. */
void sc_release_if_lost(struct dmaload_slot_cache *cache, struct sc_slot *slot);
/* Free a slot that is ready, and return true, unless it is pinned. Called with
 * the lock held. */
bool sc_remove(struct dmaload_slot_cache *cache, struct sc_slot *slot);
/* Wake the threads that wait for a slot. Called with the lock held. */
void sc_notify_freed(struct dmaload_slot_cache *cache);

/* Find a free slot for a part, or evict one; for a prefetch, only one that
 * yields to it. Return NULL if there is none. Called with the lock held. */
struct sc_slot *sc_take_slot(struct dmaload_slot_cache *cache, uint64_t hash,
			     bool ahead);

#endif
