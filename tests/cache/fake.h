/* SPDX-License-Identifier: MIT */
/*
 * The part of libdmaload that the cache uses, whose jobs end when a test says
 * so. The test ends at once if the cache does what it must never do: to load
 * into bytes that somebody uses, to destroy a job that a thread waits for, to
 * use what was destroyed.
 */
#ifndef FAKE_H
#define FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dmaload-cache.h>

enum { FAKE_PAGE = 4096 };

/* Zeroed by fake_reset(). The cache's thread submits jobs, too. */
struct fake {
	/* Jobs end when fake_end() is called, and not at once. */
	_Atomic bool held;
	/* The next jobs that end by themselves have this result, so many
	 * times. */
	_Atomic int result;
	_Atomic unsigned failures;
	/* Submissions fail with this. */
	_Atomic int submit_error;
	/* Buffer number n fails, from 1. */
	unsigned buffer_fails;
	int buffer_error;
	/* There can be no events; allocation number n fails, from 1; and threads
	 * cannot be started. */
	int events_error;
	unsigned allocation_fails;
	bool thread_fails;
	/* Called before a job writes to a buffer. */
	void (*loads)(const struct dmaload_range *range);

	/* Calls that were made, and objects that exist. */
	_Atomic unsigned submitted, allocations;
	unsigned canceled, hurried;
	int buffers, jobs, events;
	struct dmaload_range last;
	struct dmaload_options options;
};

extern struct fake fake;

void fake_reset(void);
/* Nothing is left of a cache. */
void fake_check_empty(void);

struct dmaload_file {
	uint64_t size;
	/* The contents are a function of this and of the offset. */
	unsigned number;
};

unsigned char fake_byte(const struct dmaload_file *file, uint64_t offset);
/* Return true if a slot has the bytes of a part. */
bool fake_holds(const struct dmaload_cache_slot *slot,
		const struct dmaload_file *file, uint64_t offset);

struct dmaload_buffer *fake_buffer(uint64_t size);
void fake_buffer_free(struct dmaload_buffer *buffer);

/* The context is never looked into. */
extern struct dmaload_ctx *const fake_ctx;

/* End the oldest job that has not ended, or the newest one. There has to be
 * one. */
void fake_end(int result, const char *reason);
void fake_end_newest(int result, const char *reason);
/* Jobs that have not ended. */
unsigned fake_pending(void);
/* Until so many threads wait for jobs that have not ended, or for events, as the
 * cache's own does. */
void fake_await_waiters(unsigned count);

#endif
