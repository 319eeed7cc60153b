/* SPDX-License-Identifier: MIT */
/*
 * A thread of test_storm.c: what it draws, and what must hold in each case.
 * Failures are noted, because cmocka works only in the main thread.
 */
#ifndef STORM_H
#define STORM_H

#include "../integration/support.h"

#include <dmaload-cache.h>
#include <pthread.h>

#include "../integration/expect.h"

enum { STORM_PINS = 3, STORM_PARTS = 100, STORM_SLOT = 16384 };

struct storm_world {
	struct dmaload_slot_cache *cache;
	uint32_t slots;
	/* The second file ends before its last parts. */
	struct dmaload_file *whole, *shrunk;
};

struct part {
	const struct dmaload_cache_slot *slot;
	struct dmaload_file *file;
	uint64_t offset, length;
};

struct storm {
	pthread_t thread;
	const struct storm_world *world;
	unsigned number, rounds, n_pins;
	uint64_t drawn;
	struct part pins[STORM_PINS];
	/* Gets and begins that got a slot; reads that failed as expected;
	 * refusals. */
	uint64_t granted, failed, busy;
	struct wrong wrong;
};

/* Use the cache in a random order. The argument is a struct storm. */
void *storm_rage(void *data);
/* Evict slots, hit one, and fail to read one: a storm does these only by
 * chance. */
void storm_get_in_order(struct storm *storm);

#endif
