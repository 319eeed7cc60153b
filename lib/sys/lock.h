/* SPDX-License-Identifier: MIT */
/*
 * Receives: a mutex, and a condition that belongs to it.
 * Hands on: both, ready to be used.
 * Always:   timed waits are on CLOCK_MONOTONIC.
 */
#ifndef LOCK_H
#define LOCK_H

#include <pthread.h>

/* 0 or -ENOMEM. */
int lock_init(pthread_mutex_t *lock, pthread_cond_t *changed);
void lock_finish(pthread_mutex_t *lock, pthread_cond_t *changed);

#endif
