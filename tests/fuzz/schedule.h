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

/* Begin with the calling thread alone. End when no other is left. */
void schedule_begin(void);
void schedule_seed(uint64_t seed);
void schedule_end(void);

/* Choose a number below n, by the seed. This is no decision of the input. */
unsigned schedule_draw(unsigned n);

/* Let no other thread run until schedule_release(), or until the caller waits. */
void schedule_hold(void);
void schedule_release(void);

#endif
