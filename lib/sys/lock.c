/* SPDX-License-Identifier: MIT */
#include "sys/lock.h"

#include <errno.h>

#include "common/thread.h"

int lock_init(pthread_mutex_t *lock, pthread_cond_t *changed)
{
	if (pthread_mutex_init(lock, NULL) != 0)
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
