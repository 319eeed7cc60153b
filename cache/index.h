/* SPDX-License-Identifier: MIT */
/*
 * Receives: the parts of files that have a slot.
 * Hands on: the slot of a part.
 * Always:   a search without the lock may miss a slot, but never waits. A
 *           search with the lock finds it.
 */
#ifndef SC_INDEX_H
#define SC_INDEX_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "slot.h"

struct sc_index {
	struct sc_slot *slots;
	/* The first slots of the chains. */
	_Atomic uint32_t *heads;
	uint32_t mask;
};

/* Return 0 or -ENOMEM. */
int sc_index_init(struct sc_index *index, struct sc_slot *slots, uint32_t count);
void sc_index_finish(struct sc_index *index);

uint64_t sc_hash(const struct dmaload_file *file, uint64_t offset,
		 uint64_t length);

/* Find a slot that seems to have the part, or NULL. The caller pins it and
 * compares. */
struct sc_slot *sc_index_search(const struct sc_index *index, uint64_t hash);
/* Find the slot that has the part, or NULL. Called with the lock held. */
struct sc_slot *sc_index_find(const struct sc_index *index,
			      const struct sc_key *key);
/* Add or remove a slot. Called with the lock held. */
void sc_index_add(struct sc_index *index, struct sc_slot *slot);
void sc_index_remove(struct sc_index *index, struct sc_slot *slot);

#endif
