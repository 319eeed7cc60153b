/* SPDX-License-Identifier: MIT */
/* A cache on the fake libdmaload, and threads that get parts of a file from
 * it. */
#ifndef KIT_H
#define KIT_H

#include <pthread.h>

#include "fake.h"

/* Parts of a page each; no part is longer than a slot. */
#define PART ((uint64_t)FAKE_PAGE)

struct kit {
	struct dmaload_slot_cache *cache;
	/* It has 1000 parts. */
	struct dmaload_file file;
	struct dmaload_error err;
};

typedef const struct dmaload_cache_slot *slot_ptr;

/* Slots have a page. */
void kit_make(struct kit *kit, uint32_t buffers, uint32_t slots_per_buffer);
void kit_make_from(struct kit *kit, const struct dmaload_cache_config *config);
/* Destroys the cache, of which nothing may be left then. */
void kit_drop(struct kit *kit);

/* Get part number n, which must succeed, and has its bytes. */
slot_ptr kit_get(struct kit *kit, unsigned n);
/* The same, and put it. */
void kit_use(struct kit *kit, unsigned n);
/* Get part number n; the result. */
int kit_try(struct kit *kit, unsigned n, int64_t timeout_ns, slot_ptr *slot);
slot_ptr kit_begin(struct kit *kit, unsigned n);
void kit_put(struct kit *kit, slot_ptr slot);
void kit_prefetch(struct kit *kit, unsigned n);
/* Use part number n; whether it was there. */
bool kit_hits(struct kit *kit, unsigned n);

struct dmaload_cache_stats kit_stats(struct kit *kit);
/* The sums that the header promises, while nothing is in flight. */
void kit_check_stats(struct kit *kit);
/* Until the cache has finished so many loads and failures. */
void kit_await_finished(struct kit *kit, uint64_t count);

/* Checks code and message of the last failure. */
void kit_check_failure(const struct kit *kit, int r, int code, const char *word);

/* A get by another thread. */
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
/* Returns the result of the get. */
int getter_join(struct getter *getter);

#endif
