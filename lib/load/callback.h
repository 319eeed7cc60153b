/* SPDX-License-Identifier: MIT */
/*
 * Receives: what a function of the caller is to get.
 * Hands on: its answer.
 * Always:   a thread knows which of the caller's functions it is in, so that
 *           none waits for itself.
 */
#ifndef CALLBACK_H
#define CALLBACK_H

#include <stdbool.h>

struct dmaload_piece;
struct dmaload_progress;
struct engine;
struct load;

/* Call the progress function. Return its result. */
int callback_progress(const struct load *load,
		      const struct dmaload_progress *progress);

/* Call the transform. Return its result. */
int callback_transform(const struct load *load,
		       const struct dmaload_piece *piece);

/* Return true if this thread is in a function of the caller: of a load of this
 * engine, or of any engine if it is NULL; or of this load. */
bool callback_is_here(const struct engine *engine);
bool callback_is_of(const struct load *load);

#endif
