/* SPDX-License-Identifier: MIT */
#include "sys/lock.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static int init_condition(pthread_cond_t *changed)
{
	pthread_condattr_t attributes;
	int r;

	r = pthread_condattr_init(&attributes);
	if (r != 0)
		return r;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	r = pthread_cond_init(changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return r;
}

int lock_init(pthread_mutex_t *lock, pthread_cond_t *changed)
{
	if (pthread_mutex_init(lock, NULL) != 0)
		return -ENOMEM;
	if (init_condition(changed) == 0)
		return 0;
	pthread_mutex_destroy(lock);
	return -ENOMEM;
}

void lock_finish(pthread_mutex_t *lock, pthread_cond_t *changed)
{
	pthread_cond_destroy(changed);
	pthread_mutex_destroy(lock);
}

int lock_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}
