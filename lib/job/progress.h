/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load in progress.
 * Hands on: how far it is, to the caller's progress function and to threads
 *           that query it.
 * Always:   a thread knows which progress functions it is in, so that none
 *           waits for itself.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>

struct dmaload_progress;
struct engine;
struct load;

/* Call the progress function. Return 0 to go on, or -errno. */
int progress_notify(struct load *load);

/* Query how far a load is, from any thread. The caller has set the size. */
void progress_query(const struct load *load, struct dmaload_progress *progress);

/* Return true if this thread is in a progress function: of a load of this
 * engine, or of any engine if it is NULL; or of this load. */
bool progress_is_here(const struct engine *engine);
bool progress_is_of(const struct load *load);

#endif
