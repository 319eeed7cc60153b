/* SPDX-License-Identifier: MIT */
/*
 * A thread that needs the bytes waits for the job itself, which is faster than
 * to be woken. The cache's own thread takes the events of all jobs as they end:
 * for prefetches, slots that were put early, and programs that poll the fd. The
 * first thread that sees the end of a job finishes the load. The events object
 * is the cache's, since the context is the program's.
 */
#include "loads.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "ahead.h"
#include "clock.h"
#include "common/error.h"
#include "common/thread.h"
#include "error.h"
#include "slots.h"

struct sc_load {
	struct dmaload_job *job;
	struct sc_slot *slot;
	/* The event until it is taken, each waiting thread, a failed slot. */
	unsigned refs;
	bool ahead, urgent, ended;
	struct dmaload_error err;
};

static void unref(struct sc_load *load)
{
	if (--load->refs > 0)
		return;
	dmaload_job_destroy(load->job);
	free(load);
}

static int submit(struct dmaload_slot_cache *cache, struct sc_load *load,
		  struct dmaload_error *err)
{
	const struct sc_slot *slot = load->slot;
	const struct dmaload_options options = {
		.size = sizeof(options),
		.cache = DMALOAD_CACHE_BYPASS,
		.flags = load->urgent ? DMALOAD_URGENT : 0,
		.events = cache->events,
		.user_data = (uintptr_t)load,
	};
	const struct dmaload_range range = {
		.file = slot->key.file,
		.file_offset = slot->key.offset,
		.buffer = slot->view.buffer,
		.buffer_offset = slot->view.buffer_offset,
		.length = slot->key.length,
	};

	return dmaload_submit(&load->job, cache->ctx, DMALOAD_LOAD, &range, 1,
			      &options, err);
}

/*
 * Place the bytes as far behind the start of a page as in the file. Blocks of
 * the file then fall on blocks of memory, and the reads need no copy if the
 * buffer can be pinned.
 */
static uint64_t place_of(const struct dmaload_slot_cache *cache,
			 const struct sc_key *key)
{
	const uint64_t place = key->offset % cache->page;

	if (place % cache->align != 0 || place + key->length > cache->slot_bytes)
		return 0;
	return place;
}

static void fill_in(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		    const struct sc_key *key)
{
	struct dmaload_buffer *memory = cache->buffers[slot->buffer].memory;
	const uint64_t number = (uint64_t)(slot - cache->slots) /
				cache->n_buffers;
	const uint64_t at = number * cache->slot_bytes + place_of(cache, key);

	slot->key = *key;
	slot->stale = false;
	slot->view = (struct dmaload_cache_slot){
		.buffer = memory,
		.buffer_offset = at,
		.data = (char *)dmaload_buffer_map(memory) + at,
		.length = key->length,
	};
}

int sc_load_start(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		  const struct sc_key *key, bool ahead, struct dmaload_error *err)
{
	struct sc_load *load = calloc(1, sizeof(*load));
	int r;

	fill_in(cache, slot, key);
	if (!load) {
		cache->stats.failures++;
		return sc_fail(err, -ENOMEM, "no memory for a load's record");
	}
	load->slot = slot;
	load->ahead = ahead;
	load->urgent = !ahead;
	load->refs = 1;
	r = submit(cache, load, err);
	if (r < 0) {
		cache->stats.failures++;
		free(load);
		return r;
	}
	slot->load = load;
	cache->events_due++;
	cache->ahead_in_flight += ahead;
	sc_policy_enter(&cache->policy, &slot->use, key->hash, ahead);
	if (!ahead)
		atomic_fetch_add(&cache->buffers[slot->buffer].pinned, 1);
	atomic_store(&slot->word, sc_word(SC_LOADING, !ahead));
	sc_index_add(&cache->index, slot);
	pthread_cond_signal(&cache->submitted);
	return 0;
}

static void change_state(struct sc_slot *slot, enum sc_state to)
{
	atomic_fetch_add(&slot->word, sc_word(to, 0) - sc_word(SC_LOADING, 0));
}

static void finish_slot(struct dmaload_slot_cache *cache, struct sc_load *load,
			int result)
{
	struct sc_slot *slot = load->slot;

	if (result < 0) {
		cache->stats.failures++;
		load->refs++;
		if (!slot->stale)
			sc_index_remove(&cache->index, slot);
		change_state(slot, SC_FAILED);
	} else {
		cache->stats.loads++;
		cache->stats.bytes_loaded += slot->key.length;
		cache->stats.dropped += slot->stale;
		slot->load = NULL;
		change_state(slot, slot->stale ? SC_STALE : SC_READY);
	}
	sc_release_if_lost(cache, slot);
}

/* Finish a load whose job has ended. Called with the lock held. */
static void finish(struct dmaload_slot_cache *cache, struct sc_load *load,
		   int result, const struct dmaload_error *err)
{
	const int event = atomic_load(&cache->event);

	if (load->ended)
		return;
	load->ended = true;
	if (result < 0)
		load->err = *err;
	cache->ahead_in_flight -= load->ahead;
	finish_slot(cache, load, result);
	if (event >= 0)
		eventfd_write(event, 1);
	sc_notify_freed(cache);
	sc_ahead_start(cache);
}

/* Wait for the job of a load. Return 0 if it has ended, or why the wait has.
 * Called with the lock held; releases it meanwhile. */
static int wait_and_finish(struct dmaload_slot_cache *cache,
			   struct sc_load *load, int64_t timeout_ns,
			   struct dmaload_error *err)
{
	struct dmaload_error reason;
	int r;

	load->refs++;
	pthread_mutex_unlock(&cache->lock);
	r = dmaload_job_wait(load->job, timeout_ns, NULL, &reason);
	pthread_mutex_lock(&cache->lock);
	/* No job ends with these. */
	if (r == -EINPROGRESS || r == -EDEADLK || r == -ECHILD) {
		if (err)
			*err = reason;
	} else {
		finish(cache, load, r, &reason);
		r = 0;
	}
	unref(load);
	return r;
}

int sc_load_wait(struct dmaload_slot_cache *cache, struct sc_slot *slot,
		 uint64_t deadline, struct dmaload_error *err)
{
	const uint64_t begun = sc_now();
	bool waits;
	int r = 0;

	pthread_mutex_lock(&cache->lock);
	waits = deadline != 0 && sc_slot_state(slot) == SC_LOADING;
	cache->stats.waits += waits;
	while (r == 0 && sc_slot_state(slot) == SC_LOADING)
		r = wait_and_finish(cache, slot->load, sc_remaining(deadline),
				    err);
	if (r == 0 && sc_slot_state(slot) == SC_FAILED) {
		r = slot->load->err.code;
		if (err)
			*err = slot->load->err;
	}
	if (waits)
		cache->stats.wait_ns += sc_now() - begun;
	pthread_mutex_unlock(&cache->lock);
	return r;
}

void sc_load_hurry(struct sc_slot *slot)
{
	if (slot->load->urgent)
		return;
	slot->load->urgent = true;
	dmaload_job_set_urgent(slot->load->job);
}

void sc_load_forget(struct sc_slot *slot)
{
	if (slot->load)
		unref(slot->load);
	slot->load = NULL;
}

/* Wait for the next event, which always comes. As above for the lock. */
static void take_event(struct dmaload_slot_cache *cache)
{
	struct dmaload_event event = DMALOAD_EVENT_INIT;
	struct sc_load *load;
	int r;

	pthread_mutex_unlock(&cache->lock);
	r = dmaload_events_next(cache->events, DMALOAD_FOREVER, &event, NULL,
				NULL);
	pthread_mutex_lock(&cache->lock);
	if (r < 0)
		return;
	load = (struct sc_load *)(uintptr_t)event.user_data;
	cache->events_due--;
	finish(cache, load, event.result, &event.error);
	unref(load);
}

static void *work(void *arg)
{
	struct dmaload_slot_cache *cache = arg;

	pthread_mutex_lock(&cache->lock);
	while (cache->events_due > 0 || !cache->closing) {
		if (cache->events_due > 0)
			take_event(cache);
		else
			pthread_cond_wait(&cache->submitted, &cache->lock);
	}
	pthread_mutex_unlock(&cache->lock);
	return NULL;
}

int sc_loads_begin(struct dmaload_slot_cache *cache, struct dmaload_error *err)
{
	int r;

	r = dmaload_events_create(&cache->events, cache->ctx, err);
	if (r < 0)
		return r;
	r = thread_start(&cache->worker, NULL, work, cache);
	if (r == 0)
		return 0;
	dmaload_events_destroy(cache->events);
	return sc_fail(err, r, "cannot start the cache's thread: %s",
		       error_describe(r));
}

void sc_loads_end(struct dmaload_slot_cache *cache)
{
	uint32_t i;

	pthread_mutex_lock(&cache->lock);
	cache->closing = true;
	cache->n_hints = 0;
	for (i = 0; i < cache->n_slots; i++)
		if (sc_slot_state(&cache->slots[i]) == SC_LOADING)
			dmaload_job_cancel(cache->slots[i].load->job);
	pthread_cond_signal(&cache->submitted);
	pthread_mutex_unlock(&cache->lock);
	pthread_join(cache->worker, NULL);
	dmaload_events_destroy(cache->events);
}
