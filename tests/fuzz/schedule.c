/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

#include "fuzz.h"
#include "model.h"

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

/* An hour on the fake clock: no input takes a second. */
#define TIME_MAX 3600000000000u

struct thread {
	pthread_t id;
	void *(*run)(void *);
	void *arg;
	sem_t turn;
	/* The mutex, condition or thread that it waits for, or NULL. */
	const void *waits_for;
	/* The end of the wait on the fake clock, or 0. */
	uint64_t until;
	bool timed_out;
	/* Mutexes that it has locked. It keeps its turn while there are any. */
	unsigned locked;
	bool holds;
	bool has_ended;
	struct thread *next;
};

/* Only the thread whose turn it is uses these. */
static struct thread *threads;
static uint64_t state;
/* NULL for threads that are not scheduled, such as libFuzzer's own. */
static _Thread_local struct thread *self;

static uint64_t draw(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

void schedule_seed(uint64_t seed)
{
	state = 88172645463325252u ^ seed << 20;
}

static bool can_run(const struct thread *thread)
{
	return !thread->has_ended && !thread->waits_for;
}

static struct thread *choose(void)
{
	struct thread *thread;
	uint64_t n = 0;

	for (thread = threads; thread; thread = thread->next)
		n += can_run(thread);
	if (n == 0)
		return NULL;
	n = draw(n);
	for (thread = threads; !can_run(thread) || n-- > 0;)
		thread = thread->next;
	return thread;
}

/* Nobody can run: let the time pass until the next wait is over. */
static void pass_time(void)
{
	struct thread *thread, *first = NULL;
	uint64_t now;

	for (thread = threads; thread; thread = thread->next)
		if (!thread->has_ended && thread->until != 0 &&
		    (!first || thread->until < first->until))
			first = thread;
	/* Some waits are repeated. */
	if (!first || first->until > TIME_MAX)
		FUZZ_FAIL("all threads wait for each other");
	now = sys_now();
	if (first->until > now)
		fake_tick(first->until - now);
	first->timed_out = true;
	first->waits_for = NULL;
}

/* Give the turn to another thread, or keep it. */
static void change(void)
{
	struct thread *const own = self;
	struct thread *thread = choose();

	if (!thread) {
		pass_time();
		thread = choose();
	}
	if (thread == own)
		return;
	sem_post(&thread->turn);
	if (own->has_ended)
		return;
	while (sem_wait(&own->turn) < 0)
		FUZZ_CHECK(errno == EINTR);
}

static void wait_for(const void *event, uint64_t until)
{
	self->holds = false;
	self->waits_for = event;
	self->until = until;
	self->timed_out = false;
	change();
	self->until = 0;
}

static void notify(const void *event)
{
	struct thread *thread;

	for (thread = threads; thread; thread = thread->next)
		if (thread->waits_for == event)
			thread->waits_for = NULL;
}

static void add(struct thread *thread)
{
	FUZZ_CHECK(sem_init(&thread->turn, 0, 0) == 0);
	thread->next = threads;
	threads = thread;
}

static void take_out(struct thread *thread)
{
	struct thread **at = &threads;

	while (*at != thread)
		at = &(*at)->next;
	*at = thread->next;
	sem_destroy(&thread->turn);
	free(thread);
}

static struct thread *new_thread(void)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	FUZZ_CHECK(thread);
	return thread;
}

void schedule_begin(void)
{
	FUZZ_CHECK(!self && !threads);
	self = new_thread();
	self->id = pthread_self();
	add(self);
	schedule_seed(0);
}

void schedule_end(void)
{
	FUZZ_CHECK(threads == self && !self->next);
	take_out(self);
	self = NULL;
}

unsigned schedule_draw(unsigned n)
{
	return (unsigned)draw(n);
}

void schedule_hold(void)
{
	self->holds = true;
}

void schedule_release(void)
{
	self->holds = false;
}

static void *begin(void *arg)
{
	self = arg;
	while (sem_wait(&self->turn) < 0)
		FUZZ_CHECK(errno == EINTR);
	self->run(self->arg);
	self->has_ended = true;
	notify(self);
	change();
	return NULL;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	struct thread *started;
	int r;

	if (!self)
		return __real_pthread_create(thread, attr, run, arg);
	started = new_thread();
	started->run = run;
	started->arg = arg;
	add(started);
	r = __real_pthread_create(&started->id, attr, begin, started);
	FUZZ_CHECK(r == 0);
	*thread = started->id;
	return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
	struct thread *joined = threads;

	if (!self)
		return __real_pthread_join(thread, result);
	while (joined && !pthread_equal(joined->id, thread))
		joined = joined->next;
	FUZZ_CHECK(joined && joined != self);
	while (!joined->has_ended)
		wait_for(joined, 0);
	FUZZ_CHECK(__real_pthread_join(thread, result) == 0);
	take_out(joined);
	return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (!self)
		return __real_pthread_mutex_lock(mutex);
	if (self->locked == 0 && !self->holds && draw(TURN_LENGTH) == 0)
		change();
	while (pthread_mutex_trylock(mutex) != 0)
		wait_for(mutex, 0);
	self->locked++;
	return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	const int r = __real_pthread_mutex_unlock(mutex);

	if (!self || r != 0)
		return r;
	self->locked--;
	notify(mutex);
	return 0;
}

static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t until)
{
	bool timed_out;

	FUZZ_CHECK(__wrap_pthread_mutex_unlock(mutex) == 0);
	wait_for(cond, until);
	timed_out = self->timed_out;
	while (pthread_mutex_trylock(mutex) != 0)
		wait_for(mutex, 0);
	self->locked++;
	return timed_out ? ETIMEDOUT : 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return self ? wait_on(cond, mutex, 0) :
		      __real_pthread_cond_wait(cond, mutex);
}

/* All times are those of the fake clock. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *until)
{
	const uint64_t ns = (uint64_t)until->tv_sec * 1000000000u +
			    (uint64_t)until->tv_nsec;

	return self ? wait_on(cond, mutex, ns ? ns : 1) :
		      __real_pthread_cond_timedwait(cond, mutex, until);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	struct thread *thread;

	if (!self)
		return __real_pthread_cond_signal(cond);
	for (thread = threads; thread; thread = thread->next)
		if (thread->waits_for == cond) {
			thread->waits_for = NULL;
			break;
		}
	return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	if (!self)
		return __real_pthread_cond_broadcast(cond);
	notify(cond);
	return 0;
}

int __wrap_sched_yield(void)
{
	if (!self)
		return __real_sched_yield();
	change();
	return 0;
}
