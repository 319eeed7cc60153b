/* SPDX-License-Identifier: MIT */
/*
 * Receives: a route whose buffer may be filled in place, and what arrives of it.
 * Hands on: the faster one of direct and bounce.
 * Always:   it is the loads' own bytes that are measured, and none is moved twice.
 */
#ifndef PATH_BENCHMARK_H
#define PATH_BENCHMARK_H

#include <stdbool.h>

struct load;
struct route;
struct slot;

/* Direct was chosen: on by bounce, if that is the way to be tried, or was faster. 0 or
 * -errno. */
int path_benchmark_begin(struct load *load, struct route *route);

/* A chunk has arrived: on by the other way, if it is time. 0 or -errno. */
int path_benchmark_note(struct load *load, const struct slot *slot);

/* A path does not do it after all. True if the route goes on by the other. */
bool path_benchmark_end(struct load *load, const struct slot *slot);

#endif
