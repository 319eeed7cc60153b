/* SPDX-License-Identifier: MIT */
#include "sys/lock.h"

#include <errno.h>

#include "common/thread.h"
#include "sys/sys.h"
#include "sys/timespec.h"

/*
 * These locks are held for less time than a thread takes to sleep and wake up;
 * on virtual CPUs that is about 20 us. So a thread tries for a while before it
 * sleeps, if the C library supports that (glibc).
 */
static int init_mutex(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;
	int r;

	r = pthread_mutexattr_init(&attributes);
	if (r != 0)
		return r;
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
	r = pthread_mutex_init(lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return r;
}

int lock_init(pthread_mutex_t *lock, pthread_cond_t *changed)
{
	if (init_mutex(lock) != 0)
		return -ENOMEM;
	if (condition_init(changed) == 0)
		return 0;
	pthread_mutex_destroy(lock);
	return -ENOMEM;
}

void lock_finish(pthread_mutex_t *lock, pthread_cond_t *changed)
{
	pthread_cond_destroy(changed);
	pthread_mutex_destroy(lock);
}

void lock_wait(pthread_mutex_t *lock, pthread_cond_t *changed, uint64_t ns)
{
	const struct timespec until = timespec_of(ns);

	if (ns == 0)
		pthread_cond_wait(changed, lock);
	else
		pthread_cond_timedwait(changed, lock, &until);
}

uint64_t lock_end_of_wait(int64_t timeout_ns)
{
	const uint64_t now = sys_now();
	const uint64_t left = timeout_ns < 0 ? 0 : (uint64_t)timeout_ns;

	return left >= UINT64_MAX / 2 - now ? 0 : now + left;
}
