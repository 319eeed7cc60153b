/* SPDX-License-Identifier: MIT */
/*
 * Receives: a route whose buffer may be filled in place, and what arrives of it.
 * Hands on: the faster one of direct and bounce.
 * Always:   it is the load's own bytes that are measured, and none is moved twice.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>
#include <stdint.h>

struct lap;
struct load;
struct route;
struct slot;

/* Direct was chosen: begin a trial if bounce may be used as well, and could be
 * faster. */
void trial_begin(struct load *load, struct route *route);

/* A chunk has arrived: on to the next lap, or to a decision, if it is time. 0 or
 * -errno. */
int trial_note(struct load *load, const struct slot *slot);

/* A path does not do it after all. True if the route goes on by the other. */
bool trial_ends(struct load *load, const struct slot *slot);

/* Pure arithmetic: count bytes that arrived at a time, in ns, to measure those after
 * the first lead up to as many as enough. True if the rate is known from now on. */
bool trial_count(struct lap *lap, uint64_t bytes, uint64_t now, uint64_t lead,
		 uint64_t enough);

#endif
