/* SPDX-License-Identifier: MIT */
/*
 * A hash table of chains.
 *
 * A search without the lock may reach a slot that moves to another chain, and
 * continue there. It then misses its slot, or finds one of another part, and
 * the caller searches again with the lock. The steps are limited, since the
 * search might follow moving slots from chain to chain.
 */
#include "index.h"

#include <errno.h>
#include <stdlib.h>

#define NONE UINT32_MAX
enum { STEPS_MAX = 32 };

static uint32_t get(const _Atomic uint32_t *at)
{
	return atomic_load_explicit(at, memory_order_acquire);
}

static void set(_Atomic uint32_t *at, uint32_t to)
{
	atomic_store_explicit(at, to, memory_order_release);
}

int sc_index_init(struct sc_index *index, struct sc_slot *slots, uint32_t count)
{
	uint32_t heads = 16, i;

	while (heads < count * 2)
		heads *= 2;
	index->slots = slots;
	index->mask = heads - 1;
	index->heads = calloc(heads, sizeof(*index->heads));
	if (!index->heads)
		return -ENOMEM;
	for (i = 0; i < heads; i++)
		set(&index->heads[i], NONE);
	return 0;
}

void sc_index_finish(struct sc_index *index)
{
	free(index->heads);
	index->heads = NULL;
}

static uint64_t mixed(uint64_t value)
{
	value ^= value >> 32;
	value *= UINT64_C(0x9e3779b97f4a7c15);
	return value ^ value >> 29;
}

uint64_t sc_hash(const struct dmaload_file *file, uint64_t offset,
		 uint64_t length)
{
	return mixed(mixed((uintptr_t)file + mixed(offset)) + length);
}

static _Atomic uint32_t *head_of(const struct sc_index *index, uint64_t hash)
{
	return &index->heads[hash & index->mask];
}

struct sc_slot *sc_index_search(const struct sc_index *index, uint64_t hash)
{
	uint32_t at = get(head_of(index, hash));
	struct sc_slot *slot;
	unsigned steps;

	for (steps = 0; at != NONE && steps < STEPS_MAX; steps++) {
		slot = &index->slots[at];
		if (atomic_load_explicit(&slot->hash, memory_order_relaxed) ==
		    hash)
			return slot;
		at = get(&slot->next);
	}
	return NULL;
}

struct sc_slot *sc_index_find(const struct sc_index *index,
			      const struct sc_key *key)
{
	uint32_t at = get(head_of(index, key->hash));
	struct sc_slot *slot;

	for (; at != NONE; at = get(&slot->next)) {
		slot = &index->slots[at];
		if (sc_key_equal(&slot->key, key))
			return slot;
	}
	return NULL;
}

void sc_index_add(struct sc_index *index, struct sc_slot *slot)
{
	_Atomic uint32_t *head = head_of(index, slot->key.hash);

	atomic_store_explicit(&slot->hash, slot->key.hash, memory_order_relaxed);
	set(&slot->next, get(head));
	set(head, (uint32_t)(slot - index->slots));
}

void sc_index_remove(struct sc_index *index, struct sc_slot *slot)
{
	const uint32_t number = (uint32_t)(slot - index->slots);
	_Atomic uint32_t *at = head_of(index, slot->key.hash);

	while (get(at) != number)
		at = &index->slots[get(at)].next;
	set(at, get(&slot->next));
}
