/* SPDX-License-Identifier: MIT */
/*
 * Receives: a mutex, and a condition that belongs to it.
 * Hands on: both, ready to be used.
 * Always:   timed waits are on CLOCK_MONOTONIC.
 */
#ifndef LOCK_H
#define LOCK_H

#include <pthread.h>
#include <stdint.h>

/* 0 or -ENOMEM. */
int lock_init(pthread_mutex_t *lock, pthread_cond_t *changed);
void lock_finish(pthread_mutex_t *lock, pthread_cond_t *changed);

/* Until something changes, or until ns on CLOCK_MONOTONIC; 0: for ever. May return early:
 * the caller checks its condition again. */
void lock_wait(pthread_mutex_t *lock, pthread_cond_t *changed, uint64_t ns);
/* When a caller's wait is over that begins now, in ns on CLOCK_MONOTONIC; 0: never. */
uint64_t lock_end_of_wait(int64_t timeout_ns);

#endif
