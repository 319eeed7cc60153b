/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load that is under way.
 * Hands on: how far it is: to the caller's progress function, and to who asks.
 * Always:   a thread knows which progress functions it is in, so that none waits for
 *           itself.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>

struct dmaload_progress;
struct engine;
struct load;

/* Tell how far the load is. 0 to go on, or -errno. */
int progress_notify(struct load *load);

/* How far it is, for any thread; the caller has set the size. */
void progress_query(const struct load *load, struct dmaload_progress *progress);

/* True if this thread is in a progress function: of a load of an engine, or of any if
 * that is NULL; of this load. */
bool progress_is_here(const struct engine *engine);
bool progress_is_of(const struct load *load);

#endif
