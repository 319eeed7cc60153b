/* SPDX-License-Identifier: MIT */
/*
 * Receives: a mutex, and a condition that belongs to it.
 * Hands on: both, initialized.
 * Always:   timed waits use CLOCK_MONOTONIC.
 */
#ifndef LOCK_H
#define LOCK_H

#include <pthread.h>
#include <stdint.h>

/* Initialize both. Return 0 or -ENOMEM. */
int lock_init(pthread_mutex_t *lock, pthread_cond_t *changed);
void lock_finish(pthread_mutex_t *lock, pthread_cond_t *changed);

/* Wait for a change, or until ns on CLOCK_MONOTONIC; 0: without a limit. May
 * return early: the caller checks its condition again. */
void lock_wait(pthread_mutex_t *lock, pthread_cond_t *changed, uint64_t ns);
/* Return when a wait that begins now ends, in ns on CLOCK_MONOTONIC; 0:
 * never. */
uint64_t lock_end_of_wait(int64_t timeout_ns);

#endif
