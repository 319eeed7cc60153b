/* SPDX-License-Identifier: MIT */
/*
 * The part of libdmaload that the cache uses. Jobs end when a test ends them.
 * The test aborts if the cache breaks a rule: it loads into bytes in use,
 * destroys a job that a thread waits for, or uses what was destroyed.
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

/* fake_reset() zeroes it. Atomic members are used by the cache's thread,
 * too. */
struct fake {
	/* Jobs end when fake_end() is called, not when they are submitted. */
	_Atomic bool held;
	/* So many of the next jobs that end by themselves fail with this
	 * result. */
	_Atomic int result;
	_Atomic unsigned failures;
	/* The error of submissions. */
	_Atomic int submit_error;
	/* The allocation of a buffer that fails, counted from 1, and its
	 * error. */
	unsigned buffer_fails;
	int buffer_error;
	/* The error of creating events; the memory allocation that fails,
	 * counted from 1; whether threads cannot be started. */
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
/* Check that nothing is left of a cache. */
void fake_check_empty(void);

struct dmaload_file {
	uint64_t size;
	/* The contents are a function of this number and the offset. */
	unsigned number;
};

unsigned char fake_byte(const struct dmaload_file *file, uint64_t offset);
/* Return true if a slot has the bytes of a part. */
bool fake_holds(const struct dmaload_cache_slot *slot,
		const struct dmaload_file *file, uint64_t offset);

struct dmaload_buffer *fake_buffer(uint64_t size);
void fake_buffer_free(struct dmaload_buffer *buffer);

/* The cache never dereferences its context. */
extern struct dmaload_ctx *const fake_ctx;

/* End the oldest, or the newest, job in flight. There must be one. */
void fake_end(int result, const char *reason);
void fake_end_newest(int result, const char *reason);
/* Return the number of jobs in flight. */
unsigned fake_pending(void);
/* Wait until exactly this number of threads wait for jobs in flight, or for
 * events, as the cache's own thread does. */
void fake_await_waiters(unsigned count);

#endif
