/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load in progress.
 * Hands on: how far it is, to the caller's progress function and to threads
 *           that query it.
 * Always:   the parts that are reported never exceed the whole.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

struct dmaload_progress;
struct load;

/* Call the progress function. Return 0 to go on, or -errno. */
int progress_notify(struct load *load);

/* Query how far a load is, from any thread. The caller has set the size. */
void progress_query(const struct load *load, struct dmaload_progress *progress);

#endif
