/* SPDX-License-Identifier: MIT */
/*
 * Receives: the function of a new thread, or a condition.
 * Hands on: the thread, which takes no signals, as these are for the program's
 *           threads; or the condition, which waits on CLOCK_MONOTONIC.
 * Always:   static functions, since each library has a copy, and a static
 *           library hides no name.
 */
#ifndef COMMON_THREAD_H
#define COMMON_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <time.h>

/* Start a thread. Return 0 or -errno. */
static inline int thread_start(pthread_t *thread, const pthread_attr_t *attributes,
			       void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, attributes, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

/* Initialize a condition. Return 0 or -errno. */
static inline int condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int r;

	r = pthread_condattr_init(&attributes);
	if (r != 0)
		return -r;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	r = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return -r;
}

#endif
