/* SPDX-License-Identifier: MIT */
/*
 * Receives: chunks of a load, whose reads end in any order.
 * Hands on: the position that the load has reached; and for a load in order,
 *           which chunk comes next.
 * Always:   the chunks that wait are fewer than the slots, and none waits while
 *           nothing is in flight.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct chunk;
struct load;
struct slot;

/* Return the position before which all bytes of the plan are in their place. */
uint64_t order_position(const struct load *load);

/* Return true if a chunk may move on: the load takes them in any order, or no
 * earlier one is missing. */
bool order_is_next(const struct load *load, const struct chunk *chunk);

/* Let a chunk that has arrived wait in its slot. */
void order_hold(struct load *load, struct slot *slot);
/* Take the chunk that has waited for its turn. Return NULL if there is none. */
struct slot *order_take(struct load *load);
/* Take the last chunk of those that wait. Return NULL if there is none. */
struct slot *order_take_last(struct load *load);

#endif
