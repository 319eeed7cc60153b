/* SPDX-License-Identifier: MIT */
/*
 * Run one thread at a time, and choose the next one by a seed. So the order of all
 * events is the same whenever an input is replayed, and a deadlock is found at once.
 *
 * The program is linked with --wrap for each function of pthreads that waits. Threads
 * change where one locks a mutex, waits or ends.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

/* Run a function in a thread of its own, so that it finds no thread-local variables of an
 * earlier input. It must end the threads that it starts. */
void schedule_run(void *(*run)(void *), void *arg);
void schedule_seed(uint64_t seed);
/* Return a number that depends on all events since the seed was set. */
uint64_t schedule_trace(void);

/* Choose a number below n, by the seed. This is no decision of the input. */
unsigned schedule_draw(unsigned n);

/* Let no other thread run until schedule_release(), or until the caller waits. */
void schedule_hold(void);
void schedule_release(void);

#endif
