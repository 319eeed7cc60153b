/* SPDX-License-Identifier: MIT */
/*
 * Receives: a route whose buffer may be filled in place, and its completed
 *           chunks.
 * Hands on: the faster one of direct and bounce.
 * Always:   it measures the loads' own bytes, and moves none twice.
 */
#ifndef PATH_BENCHMARK_H
#define PATH_BENCHMARK_H

#include <stdbool.h>

struct load;
struct route;
struct slot;

/* Begin with direct, or switch to bounce if that is being measured or was
 * faster. Return 0 or -errno. */
int path_benchmark_begin(struct load *load, struct route *route);

/* Count a completed chunk, and switch to the other way when it is due. Return 0
 * or -errno. */
int path_benchmark_note(struct load *load, const struct slot *slot);

/* End the measurement, since a path has declined. Return true if the route
 * continues on the other one. */
bool path_benchmark_end(struct load *load, const struct slot *slot);

#endif
