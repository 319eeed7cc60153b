/* SPDX-License-Identifier: MIT */
/*
 * Receives: the route of the next chunk, and completed chunks.
 * Hands on: the length of the chunk, and how many of them may be in flight.
 * Always:   the values that the caller set stay, and so does the limit of
 *           pinned memory.
 */
#ifndef TUNE_H
#define TUNE_H

struct load;
struct route;
struct slot;

/* Set the length and depth for the next chunk of a route that direct or bounce
 * moves. */
void tune_route(struct load *load, struct route *route);

/* Count a completed chunk. */
void tune_note(struct load *load, const struct slot *slot);

#endif
