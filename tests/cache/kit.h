/* SPDX-License-Identifier: MIT */
/* A cache on the fake libdmaload, and threads that get parts of a file from
 * it. */
#ifndef KIT_H
#define KIT_H

#include <pthread.h>

#include "fake.h"

/* The length of each part, a page. No part is longer than a slot. */
#define PART ((uint64_t)FAKE_PAGE)

struct kit {
	struct dmaload_slot_cache *cache;
	/* A file of 1000 parts. */
	struct dmaload_file file;
	struct dmaload_error err;
};

typedef const struct dmaload_cache_slot *slot_ptr;

/* Make a cache whose slots have a page. */
void kit_make(struct kit *kit, uint32_t buffers, uint32_t slots_per_buffer);
void kit_make_from(struct kit *kit, const struct dmaload_cache_config *config);
/* Destroy the cache, and check that nothing is left of it. */
void kit_drop(struct kit *kit);

/* Get part number n, which must succeed, and check its bytes. */
slot_ptr kit_get(struct kit *kit, unsigned n);
/* Get part number n, and put it. */
void kit_use(struct kit *kit, unsigned n);
/* Get part number n, and return the result. */
int kit_try(struct kit *kit, unsigned n, int64_t timeout_ns, slot_ptr *slot);
slot_ptr kit_begin(struct kit *kit, unsigned n);
void kit_put(struct kit *kit, slot_ptr slot);
void kit_prefetch(struct kit *kit, unsigned n);
/* Use part number n. Return whether it was resident. */
bool kit_hits(struct kit *kit, unsigned n);

struct dmaload_cache_stats kit_stats(struct kit *kit);
/* Check the sums that the header promises while nothing is in flight. */
void kit_check_stats(struct kit *kit);
/* Wait until this number of loads have succeeded or failed. */
void kit_await_finished(struct kit *kit, uint64_t count);

/* Check the code and the message of the last failure. */
void kit_check_failure(const struct kit *kit, int r, int code, const char *word);

/* A thread that gets a part. */
struct getter {
	pthread_t thread;
	struct kit *kit;
	unsigned part;
	int64_t timeout_ns;
	int result;
	struct dmaload_error err;
	slot_ptr slot;
};

void getter_start(struct getter *getter, struct kit *kit, unsigned part,
		  int64_t timeout_ns);
/* Wait for the thread, and return the result of its get. */
int getter_join(struct getter *getter);

#endif
