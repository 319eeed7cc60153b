/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "fuzz.h"
#include "model.h"
#include "turns.h"

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __real_pthread_join(pthread_t thread, void **result);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until);
int __real_pthread_cond_signal(pthread_cond_t *cond);
int __real_pthread_cond_broadcast(pthread_cond_t *cond);
int __real_sched_yield(void);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);
int __wrap_sched_yield(void);

/* How many locks a thread takes in a turn, on average. */
#define TURN_LENGTH 16

void schedule_seed(uint64_t seed)
{
	turns_seed(seed);
}

/* Each call of the fake kernel takes time, and each chance of another thread a number. */
uint64_t schedule_trace(void)
{
	return turns_draw(UINT64_MAX) ^ fake_random() ^ sys_now() << 20;
}

unsigned schedule_draw(unsigned n)
{
	return (unsigned)turns_draw(n);
}

void schedule_hold(void)
{
	turns_self->holds = true;
}

void schedule_release(void)
{
	turns_self->holds = false;
}

static void *run_first(void *arg)
{
	struct thread *thread = arg;

	turns_begin(thread);
	thread->run(thread->arg);
	turns_remove(thread);
	return NULL;
}

void schedule_run(void *(*run)(void *), void *arg)
{
	struct thread *thread;
	pthread_t id;

	FUZZ_CHECK(!turns_self && turns_are_over());
	turns_seed(0);
	thread = turns_add(run, arg);
	FUZZ_CHECK(__real_pthread_create(&id, NULL, run_first, thread) == 0);
	sem_post(&thread->turn);
	FUZZ_CHECK(__real_pthread_join(id, NULL) == 0);
	FUZZ_CHECK(turns_are_over());
}

static void *run_other(void *arg)
{
	struct thread *thread = arg;

	turns_begin(thread);
	thread->run(thread->arg);
	thread->has_ended = true;
	turns_notify(thread);
	turns_change();
	return NULL;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	struct thread *started;

	if (!turns_self)
		return __real_pthread_create(thread, attr, run, arg);
	started = turns_add(run, arg);
	FUZZ_CHECK(__real_pthread_create(&started->id, attr, run_other,
					 started) == 0);
	*thread = started->id;
	return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
	struct thread *joined;

	if (!turns_self)
		return __real_pthread_join(thread, result);
	joined = turns_find(thread);
	FUZZ_CHECK(joined && joined != turns_self);
	while (!joined->has_ended)
		turns_wait(joined, 0);
	FUZZ_CHECK(__real_pthread_join(thread, result) == 0);
	turns_remove(joined);
	return 0;
}

static void lock(pthread_mutex_t *mutex)
{
	while (pthread_mutex_trylock(mutex) != 0)
		turns_wait(mutex, 0);
	turns_self->locked++;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	const struct thread *self = turns_self;

	if (!self)
		return __real_pthread_mutex_lock(mutex);
	if (self->locked == 0 && !self->holds && turns_draw(TURN_LENGTH) == 0)
		turns_change();
	lock(mutex);
	return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	const int r = __real_pthread_mutex_unlock(mutex);

	if (!turns_self || r != 0)
		return r;
	turns_self->locked--;
	turns_notify(mutex);
	return 0;
}

static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t until)
{
	bool timed_out;

	FUZZ_CHECK(__wrap_pthread_mutex_unlock(mutex) == 0);
	turns_wait(cond, until);
	timed_out = turns_self->timed_out;
	lock(mutex);
	return timed_out ? ETIMEDOUT : 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return turns_self ? wait_on(cond, mutex, 0) :
			    __real_pthread_cond_wait(cond, mutex);
}

/* All times are those of the fake clock. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until)
{
	const uint64_t ns = (uint64_t)until->tv_sec * 1000000000u +
			    (uint64_t)until->tv_nsec;

	return turns_self ? wait_on(cond, mutex, ns ? ns : 1) :
			    __real_pthread_cond_timedwait(cond, mutex, until);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	if (!turns_self)
		return __real_pthread_cond_signal(cond);
	turns_notify_one(cond);
	return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	if (!turns_self)
		return __real_pthread_cond_broadcast(cond);
	turns_notify(cond);
	return 0;
}

int __wrap_sched_yield(void)
{
	if (!turns_self)
		return __real_sched_yield();
	turns_change();
	return 0;
}
