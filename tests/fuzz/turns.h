/* SPDX-License-Identifier: MIT */
/*
 * Receives: threads, and what each of them waits for.
 * Hands on: the turn, to one of those that can run.
 * Always:   one thread runs. The next one depends on the seed alone, and time passes
 *           only when no thread can run.
 */
#ifndef TURNS_H
#define TURNS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

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

/* The calling thread; NULL if it is not scheduled, such as those of libFuzzer. */
extern _Thread_local struct thread *turns_self;

void turns_seed(uint64_t seed);
/* Choose a number below n. */
uint64_t turns_draw(uint64_t n);

/* Add a thread, which is to begin with turns_begin(). */
struct thread *turns_add(void *(*run)(void *), void *arg);
void turns_remove(struct thread *thread);
struct thread *turns_find(pthread_t id);
/* Return whether no thread is left. */
bool turns_are_over(void);

/* Make the calling thread this one, and wait for the first turn. */
void turns_begin(struct thread *thread);
/* Give the turn to a thread that can run, perhaps to the caller. */
void turns_change(void);
/* Wait for an event, or until a time other than 0. */
void turns_wait(const void *event, uint64_t until);
/* An event has come: those that wait for it can run. */
void turns_notify(const void *event);
void turns_notify_one(const void *event);

#endif
