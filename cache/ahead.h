/* SPDX-License-Identifier: MIT */
/*
 * Receives: hints of parts that will be needed.
 * Hands on: loads of these, a few at a time.
 * Always:   no more of them are in flight than prefetch_depth allows.
 */
#ifndef SC_AHEAD_H
#define SC_AHEAD_H

#include "cache.h"

/* Start the loads that the hints ask for, as many as may be in flight.
 * Locked. */
void sc_ahead_start(struct dmaload_slot_cache *cache);
/* Drop the hints for a file. Locked. */
void sc_ahead_drop(struct dmaload_slot_cache *cache,
		   const struct dmaload_file *file);

#endif
