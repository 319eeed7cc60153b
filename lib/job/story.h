/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load whose turn has come.
 * Hands on: its result, step by step.
 * Always:   after load_end(), nothing is in flight, all brackets are closed,
 *           and the page cache is as it was, as far as possible.
 */
#ifndef STORY_H
#define STORY_H

#include <stdbool.h>

#include <dmaload/report.h>

struct load;

/* Choose the path of the first range only. Return 0 or -errno. */
int load_probe(struct load *load, enum dmaload_path *path);

/* Query the page cache and open the brackets. Return 0 or -errno. */
int load_begin(struct load *load);
/* Move some of the bytes. Return 1 if there is more to do, 0, or -errno. *idle:
 * a completion is needed first. */
int load_step(struct load *load, bool *idle);
/* Return true if a step would change nothing before a completion. */
bool load_is_idle(const struct load *load);
/* Report progress after each step that did not fail, and check for a stop.
 * Return 0 to go on, or -errno. */
int load_check_wakeups(struct load *load);
/* Close the brackets, clean up, and fill the report. Return the result of the
 * load. */
int load_end(struct load *load, int result);

#endif
