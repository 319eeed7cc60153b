/* SPDX-License-Identifier: MIT */
/*
 * Receives: a caller's time-out.
 * Hands on: a deadline in ns on CLOCK_MONOTONIC.
 * Always:   0 is past, and UINT64_MAX never comes.
 */
#ifndef SC_CLOCK_H
#define SC_CLOCK_H

#include <pthread.h>
#include <stdint.h>

uint64_t sc_now(void);
uint64_t sc_deadline(int64_t timeout_ns);
/* Return the time left until a deadline, as a time-out of libdmaload. */
int64_t sc_remaining(uint64_t deadline);

/* Wait for a condition on CLOCK_MONOTONIC, until a deadline at most. */
void sc_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t deadline);

#endif
