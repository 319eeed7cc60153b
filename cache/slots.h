/* SPDX-License-Identifier: MIT */
/*
 * Receives: slots with and without pins.
 * Hands on: pins, and a free slot for each load.
 * Always:   pins in a buffer are counted, and nobody waits for a slot that is
 *           free.
 */
#ifndef SC_SLOTS_H
#define SC_SLOTS_H

#include "cache.h"

/* Pin a slot if it is ready and has this part. Any thread, no lock. */
bool sc_pin(struct dmaload_slot_cache *cache, struct sc_slot *slot,
	    const struct sc_key *key);
/* Pin a slot that is ready or being loaded. Return false if it has too many
 * pins. Locked, so that the slot keeps its part. */
bool sc_pin_locked(struct dmaload_slot_cache *cache, struct sc_slot *slot);
/* Not with the lock. */
void sc_unpin(struct dmaload_slot_cache *cache, struct sc_slot *slot);

/* Free a slot whose read failed, or whose part was dropped, unless it is
 * pinned. Locked. */
void sc_release_if_lost(struct dmaload_slot_cache *cache, struct sc_slot *slot);
/* Free a slot that is ready, and return true, unless it is pinned. Locked. */
bool sc_remove(struct dmaload_slot_cache *cache, struct sc_slot *slot);
/* Wake those who wait for a slot. Locked. */
void sc_notify_freed(struct dmaload_slot_cache *cache);

/* Find a free slot for a part, or evict one; for a prefetch, only one that
 * yields to it. Return NULL if there is none. Locked. */
struct sc_slot *sc_take_slot(struct dmaload_slot_cache *cache, uint64_t hash,
			     bool ahead);

#endif
