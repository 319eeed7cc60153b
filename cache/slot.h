/* SPDX-License-Identifier: MIT */
/*
 * Receives: a slot that several threads find at the same time.
 * Hands on: a pin on it, if it has bytes.
 * Always:   state and pins change together, in one word. Only the holder of the
 *           cache's lock changes the state. Only a slot without pins is
 *           evicted.
 */
#ifndef SC_SLOT_H
#define SC_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload-cache.h>

#include "policy.h"

struct sc_load;

enum sc_state {
	/* No bytes. Never pinned. */
	SC_FREE,
	/* A read is in flight. */
	SC_LOADING,
	SC_READY,
	/* The read has failed. Pinned by the gets that wait for it; no other
	 * get finds it. */
	SC_FAILED,
	/* The bytes were dropped. Pinned, and no get finds it. */
	SC_STALE,
};

/* A word has the state above the number of pins. */
enum { SC_PIN_BITS = 28 };
#define SC_PINS_MAX ((1u << SC_PIN_BITS) - 1)

/* The part of a file that a slot has. */
struct sc_key {
	struct dmaload_file *file;
	uint64_t offset, length;
	uint64_t hash;
};

/* On separate cache lines, so that a hit writes nothing that hits of other
 * slots read. */
struct sc_slot {
	/* The caller's view. It is the first member, so it can be cast to the
	 * slot. */
	_Alignas(64) struct dmaload_cache_slot view;
	_Atomic uint32_t word;
	/* Index of the buffer. */
	uint32_t buffer;
	/* The next slot of the chain in the index. */
	_Atomic uint32_t next;
	/* Dropped while it was loading. */
	bool stale;
	/* The hash of the key, to compare without a pin. */
	_Atomic uint64_t hash;
	struct sc_key key;
	_Atomic uint64_t hits;
	struct sc_use use;
	/* Set while it is loading, and after that failed. */
	struct sc_load *load;
};

static inline uint32_t sc_word(enum sc_state state, uint32_t pins)
{
	return (uint32_t)state << SC_PIN_BITS | pins;
}

static inline enum sc_state sc_state_of(uint32_t word)
{
	return (enum sc_state)(word >> SC_PIN_BITS);
}

static inline uint32_t sc_pins_of(uint32_t word)
{
	return word & SC_PINS_MAX;
}

static inline enum sc_state sc_slot_state(const struct sc_slot *slot)
{
	return sc_state_of(atomic_load(&slot->word));
}

static inline struct sc_slot *sc_slot_of(const struct dmaload_cache_slot *view)
{
	return (struct sc_slot *)(uintptr_t)view;
}

static inline bool sc_key_equal(const struct sc_key *a, const struct sc_key *b)
{
	return a->file == b->file && a->offset == b->offset &&
	       a->length == b->length;
}

#endif
