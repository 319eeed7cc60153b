/* SPDX-License-Identifier: MIT */
/*
 * Receives: the arguments of a caller.
 * Hands on: the key of a part of a file.
 * Always:   a wrong argument is refused before anything is evicted for it.
 */
#ifndef SC_PARTS_H
#define SC_PARTS_H

#include "cache.h"
#include "error.h"

/* Return 0; -EINVAL if there is no cache; -ECHILD in a child of fork(). */
int sc_cache_check(const struct dmaload_slot_cache *cache,
		   struct dmaload_error *err);
/* Make the checks of each get. */
int sc_part_check(const struct dmaload_slot_cache *cache,
		  struct dmaload_file *file, uint64_t offset, uint64_t length,
		  struct sc_key *key, struct dmaload_error *err);
/* Make the checks before a load. */
int sc_part_check_file(const struct sc_key *key, struct dmaload_error *err);

#endif
