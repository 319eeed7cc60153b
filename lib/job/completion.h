/* SPDX-License-Identifier: MIT */
/*
 * Receives: a slot whose read or write has ended, with what the ring says of it.
 * Hands on: its bytes to the sink, its chunk back to the plan, or a failure.
 * Always:   the slot is free afterwards, or in flight again.
 */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "io/slot.h"

struct chunk;
struct load;

void completion(struct load *load, struct slot *slot);

/* A chunk's path does not do it: back with it, and on to the next path. */
void completion_decline(struct load *load, struct slot *slot);
/* Put a chunk back into the plan. 0 or -ENOMEM. */
int completion_return(struct load *load, const struct chunk *chunk);
/* The bytes of a chunk are in their place. */
void completion_count(struct load *load, const struct slot *slot);
/* The bytes that came are all that there are. */
void completion_end_stream(struct load *load);
/* The load has failed; the first failure is the one that is told. */
void completion_fail(struct load *load, int code);

#endif
