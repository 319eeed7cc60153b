/* SPDX-License-Identifier: MIT */
/*
 * Shared memory is granted when a buffer is created, and used when a thread
 * populates it. In between the kernel does not count it, so the next buffer
 * would be granted the same bytes again. The sum of all promises closes that
 * gap.
 *
 * It is atomic and needs no lock: a lock that another thread holds during
 * fork() would block the child forever. A thread that needs memory adds its
 * bytes first, and gets the sum before it. If two need the last bytes at the
 * same time, the first one gets them. It then reads what the kernel has left.
 * Bytes populated in between count twice for a moment, which errs on the safe
 * side.
 *
 * A child of fork() has no thread that populates. The parent's promises do not
 * count in the child, so it begins with an empty sum. The member process tells
 * them apart.
 */
#include "buffer/promise.h"

#include <pthread.h>
#include <stdatomic.h>

static _Atomic uint64_t all_available;
static _Atomic uint64_t all_charged;
static atomic_uint this_process;

static void begin_anew(void)
{
	atomic_fetch_add(&this_process, 1);
	atomic_store(&all_available, 0);
	atomic_store(&all_charged, 0);
}

/* If this fails, a child counts its parent's promises, too: it grants less. */
static void watch_for_forks(void)
{
	pthread_atfork(NULL, NULL, begin_anew);
}

static void adopt(struct promise *promise)
{
	const unsigned process = atomic_load(&this_process);

	if (promise->process != process)
		*promise = (struct promise){ .process = process };
}

void promise_add(struct promise *promise, uint64_t available, uint64_t charged,
		 struct promise *before)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch_for_forks);
	adopt(promise);
	promise->available += available;
	promise->charged += charged;
	before->available = atomic_fetch_add(&all_available, available);
	before->charged = atomic_fetch_add(&all_charged, charged);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void promise_reduce(struct promise *promise, uint64_t available,
		    uint64_t charged)
{
	adopt(promise);
	available = least(available, promise->available);
	charged = least(charged, promise->charged);
	promise->available -= available;
	promise->charged -= charged;
	atomic_fetch_sub(&all_available, available);
	atomic_fetch_sub(&all_charged, charged);
}

void promise_move(struct promise *to, struct promise *from, uint64_t available,
		  uint64_t charged)
{
	adopt(to);
	adopt(from);
	available = least(available, from->available);
	charged = least(charged, from->charged);
	from->available -= available;
	from->charged -= charged;
	to->available += available;
	to->charged += charged;
}

void promise_populated(struct promise *promise, uint64_t bytes)
{
	promise_reduce(promise, bytes, bytes);
}

void promise_end(struct promise *promise)
{
	promise_reduce(promise, UINT64_MAX, UINT64_MAX);
}

void promise_sum(struct promise *sum)
{
	sum->available = atomic_load(&all_available);
	sum->charged = atomic_load(&all_charged);
}
