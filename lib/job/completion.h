/* SPDX-License-Identifier: MIT */
/*
 * Receives: a slot whose read or write has ended, with the ring's result.
 * Hands on: its bytes to the sink, its chunk back to the plan, or a failure.
 * Always:   the slot is free afterwards, in flight again, waits for its turn in
 *           a load in order, or is with another thread.
 */
#ifndef COMPLETION_H
#define COMPLETION_H

#include <stdbool.h>

#include "io/slot.h"

struct chunk;
struct load;

void completion(struct load *load, struct slot *slot);

/* take: give the bytes of a chunk to the transform if no other thread has begun
 * it. Settle the chunks that other threads have finished; wait: for one of them
 * if there is nothing else. Return true if there was any. */
bool completion_share(struct load *load, bool take, bool wait);

/* Wait until no other thread has a chunk of the load. Return the outcome. */
int completion_collect(struct load *load);

/* Move the bytes of a chunk that has waited for its turn. Return false if it is no
 * chunk's turn. */
bool completion_turn(struct load *load);

/* Return a chunk that waits for its turn to the plan, or drop it after a
 * failure, so that its slot is free. Return false if none waits. */
bool completion_give_back(struct load *load);

/* Return a chunk to the plan that its path declined, and switch to the next
 * path. */
void completion_decline(struct load *load, struct slot *slot);
/* Return a chunk to the plan. Return 0 or -ENOMEM. */
int completion_return(struct load *load, const struct chunk *chunk);
/* Count the bytes of a chunk as complete. */
void completion_count(struct load *load, const struct slot *slot);
/* Fail the load. The first failure is the one that is reported. */
void completion_fail(struct load *load, int code);

#endif
