/* SPDX-License-Identifier: MIT */
/*
 * Receives: gets, puts and hints of any number of threads.
 * Hands on: slots, and loads to a context of libdmaload.
 * Always:   a slot with a pin keeps its bytes; a slot being loaded is in the
 *           index unless it was dropped.
 *
 * Every name that files of this folder share begins with sc_ (slot cache),
 * since a static library hides none.
 */
#ifndef SC_CACHE_H
#define SC_CACHE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload-cache.h>
#include <dmaload/events.h>

#include "index.h"
#include "policy.h"
#include "slot.h"

/* Hints that wait for a prefetch to end. */
enum { SC_HINTS = 64 };

struct sc_buffer {
	struct dmaload_buffer *memory;
	/* Slots that have a pin. */
	_Alignas(64) _Atomic uint32_t pinned;
};

struct dmaload_slot_cache {
	/* Constant, and read by each hit. */
	uint32_t process;
	struct sc_slot *slots;
	struct sc_buffer *buffers;
	uint32_t n_slots, n_buffers;
	bool owns_buffers;
	uint64_t slot_bytes;
	uint32_t align, page, prefetch_depth;
	struct dmaload_ctx *ctx;
	struct sc_index index;

	/* Written by hits. */
	_Alignas(64) struct sc_policy policy;
	_Atomic uint64_t prefetch_hits;

	/* Threads that wait for a slot. Each put reads it. */
	_Alignas(64) _Atomic uint32_t starving;
	_Atomic int event;

	/* Protects everything below, the states of slots, and changes of the
	 * index. */
	_Alignas(64) pthread_mutex_t lock;
	/* Signaled when a slot may be free for a waiting thread. Uses
	 * CLOCK_MONOTONIC. */
	pthread_cond_t freed;
	/* Where the search for a victim begins. */
	uint32_t hand;
	/* All counters except those of hits; the gauges stay 0. */
	struct dmaload_cache_stats stats;

	/* Where the jobs of loads report, and how many events are still to
	 * come. */
	struct dmaload_events *events;
	uint32_t events_due;
	uint32_t ahead_in_flight;
	pthread_cond_t submitted;
	pthread_t worker;
	bool closing;

	/* A ring buffer. */
	struct sc_key hints[SC_HINTS];
	uint32_t n_hints, first_hint;
};

#endif
