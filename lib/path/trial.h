/* SPDX-License-Identifier: MIT */
/*
 * Receives: a route whose buffer may be filled in place, and what arrives of it.
 * Hands on: the faster one of direct and bounce.
 * Always:   it is the loads' own bytes that are measured, and none is moved twice.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>

struct load;
struct route;
struct slot;

/* Direct was chosen: on by bounce, if that is the way to be tried, or was faster. 0 or
 * -errno. */
int trial_begin(struct load *load, struct route *route);

/* A chunk has arrived: on by the other way, if it is time. 0 or -errno. */
int trial_note(struct load *load, const struct slot *slot);

/* A path does not do it after all. True if the route goes on by the other. */
bool trial_ends(struct load *load, const struct slot *slot);

#endif
