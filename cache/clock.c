/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

#include <dmaload/job.h>

#define NS_PER_SECOND UINT64_C(1000000000)

uint64_t sc_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t sc_deadline(int64_t timeout_ns)
{
	if (timeout_ns <= 0)
		return 0;
	if (timeout_ns == DMALOAD_FOREVER)
		return UINT64_MAX;
	return sc_now() + (uint64_t)timeout_ns;
}

int64_t sc_remaining(uint64_t deadline)
{
	uint64_t now;

	if (deadline == 0)
		return 0;
	if (deadline == UINT64_MAX)
		return DMALOAD_FOREVER;
	now = sc_now();
	return deadline > now ? (int64_t)(deadline - now) : 0;
}

/* A time_t of 32 bits ends after 68 years; the caller then waits again. */
void sc_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t deadline)
{
	const uint64_t seconds = deadline / NS_PER_SECOND;
	const struct timespec until = {
		.tv_sec = (time_t)(seconds < INT32_MAX ? seconds : INT32_MAX),
		.tv_nsec = (long)(deadline % NS_PER_SECOND),
	};

	if (deadline == UINT64_MAX)
		pthread_cond_wait(cond, lock);
	else
		pthread_cond_timedwait(cond, lock, &until);
}
