/* SPDX-License-Identifier: MIT */
/*
 * Receives: hints of parts that will be needed.
 * Hands on: loads of these, a few at a time.
 * Always:   no more of them are in flight than prefetch_depth allows.
 */
#ifndef SC_AHEAD_H
#define SC_AHEAD_H

#include "cache.h"

/* Start as many loads of hinted parts as may be in flight. Called with the lock
 * held. */
void sc_ahead_start(struct dmaload_slot_cache *cache);
/* Drop the hints for a file. Called with the lock held. */
void sc_ahead_drop(struct dmaload_slot_cache *cache,
		   const struct dmaload_file *file);

#endif
