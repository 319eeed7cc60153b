/* SPDX-License-Identifier: MIT */
#include "turns.h"

#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"
#include "model.h"

/* An hour on the fake clock: no input takes a second. */
#define TIME_MAX 3600000000000u

/* Only the thread whose turn it is uses these. */
static struct thread *threads;
static uint64_t state;

_Thread_local struct thread *turns_self;

void turns_seed(uint64_t seed)
{
	state = 88172645463325252u ^ seed << 20;
}

uint64_t turns_draw(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

struct thread *turns_add(void *(*run)(void *), void *arg)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	FUZZ_CHECK(thread && sem_init(&thread->turn, 0, 0) == 0);
	thread->run = run;
	thread->arg = arg;
	thread->next = threads;
	threads = thread;
	return thread;
}

void turns_remove(struct thread *thread)
{
	struct thread **at = &threads;

	while (*at != thread)
		at = &(*at)->next;
	*at = thread->next;
	sem_destroy(&thread->turn);
	free(thread);
}

struct thread *turns_find(pthread_t id)
{
	struct thread *thread = threads;

	while (thread && !pthread_equal(thread->id, id))
		thread = thread->next;
	return thread;
}

bool turns_are_over(void)
{
	return !threads;
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
	n = turns_draw(n);
	for (thread = threads; !can_run(thread) || n-- > 0;)
		thread = thread->next;
	return thread;
}

/* No thread can run: let the time pass until the next wait is over. */
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

static void await_turn(struct thread *own)
{
	while (sem_wait(&own->turn) < 0)
		FUZZ_CHECK(errno == EINTR);
}

void turns_begin(struct thread *thread)
{
	turns_self = thread;
	await_turn(thread);
}

void turns_change(void)
{
	struct thread *const own = turns_self;
	struct thread *thread = choose();

	if (!thread) {
		pass_time();
		thread = choose();
	}
	if (thread == own)
		return;
	sem_post(&thread->turn);
	if (!own->has_ended)
		await_turn(own);
}

void turns_wait(const void *event, uint64_t until)
{
	struct thread *own = turns_self;

	own->holds = false;
	own->waits_for = event;
	own->until = until;
	own->timed_out = false;
	turns_change();
	own->until = 0;
}

void turns_notify(const void *event)
{
	struct thread *thread;

	for (thread = threads; thread; thread = thread->next)
		if (thread->waits_for == event)
			thread->waits_for = NULL;
}

void turns_notify_one(const void *event)
{
	struct thread *thread = threads;

	while (thread && thread->waits_for != event)
		thread = thread->next;
	if (thread)
		thread->waits_for = NULL;
}
