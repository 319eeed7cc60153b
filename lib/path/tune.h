/* SPDX-License-Identifier: MIT */
/*
 * Receives: the route of the next chunk, and chunks that have arrived.
 * Hands on: how long the chunk is to be, and how many of them may be in flight.
 * Always:   what the caller has fixed stays, and so does the memory that is pinned at most.
 */
#ifndef TUNE_H
#define TUNE_H

struct load;
struct route;
struct slot;

/* The next chunk is taken from a route that direct or bounce moves. */
void tune_route(struct load *load, struct route *route);

/* A chunk has arrived. */
void tune_note(struct load *load, const struct slot *slot);

#endif
