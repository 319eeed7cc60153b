/* SPDX-License-Identifier: MIT */
/*
 * Receives: a free slot and the part of a file that it gets.
 * Hands on: the slot with the bytes, or with the error.
 * Always:   this is the one place where jobs of libdmaload are submitted and
 *           finished. One job loads a slot, however many threads wait for it.
 */
#ifndef SC_LOADS_H
#define SC_LOADS_H

#include "cache.h"

/* Start to load a free slot, and pin it unless the load is a prefetch. If the
 * load cannot start, the slot stays free. Called with the lock held. */
int sc_load_start(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		  const struct sc_key *key, bool ahead,
		  struct dmaload_error *err);
/* Wait until a pinned slot has its bytes, until a deadline; see clock.h. Return
 * 0, the error of the read, or -EINPROGRESS. Called without the lock. */
int sc_load_wait(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		 uint64_t deadline, struct dmaload_error *err);
/* Make the load of a slot urgent that a get waits for. Called with the lock
 * held. */
void sc_load_hurry(struct sc_slot *slot);
/* Drop the error that a slot keeps of a failed load, if any. Called with the
 * lock held. */
void sc_load_forget(struct sc_slot *slot);

/* Start the thread that finishes loads. Return 0 or -errno. */
int sc_loads_begin(struct dmaload_slot_cache *cache, struct dmaload_error *err);
/* Cancel all loads, and return when the last one has ended. */
void sc_loads_end(struct dmaload_slot_cache *cache);

#endif
