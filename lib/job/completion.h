/* SPDX-License-Identifier: MIT */
/*
 * Receives: a slot whose read or write has ended, with the ring's result.
 * Hands on: its bytes to the sink, its chunk back to the plan, or a failure.
 * Always:   the slot is free afterwards, or in flight again.
 */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "io/slot.h"

struct chunk;
struct load;

void completion(struct load *load, struct slot *slot);

/* Return a chunk to the plan that its path declined, and switch to the next
 * path. */
void completion_decline(struct load *load, struct slot *slot);
/* Return a chunk to the plan. Return 0 or -ENOMEM. */
int completion_return(struct load *load, const struct chunk *chunk);
/* Count the bytes of a chunk as complete. */
void completion_count(struct load *load, const struct slot *slot);
/* End the load at the last byte read: the stream has no more. */
void completion_end_stream(struct load *load);
/* Fail the load. The first failure is the one that is reported. */
void completion_fail(struct load *load, int code);

#endif
