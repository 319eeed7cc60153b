/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load whose turn has come.
 * Hands on: its result, step by step.
 * Always:   after load_end() nothing of it is in flight, all brackets are closed, and
 *           the page cache is as it was, as far as that can be.
 */
#ifndef STORY_H
#define STORY_H

#include <stdbool.h>

#include <dmaload/report.h>

struct load;

/* Only find out the path of the first range. 0 or -errno. */
int load_probe(struct load *load, enum dmaload_path *path);

/* Look at the page cache, and open the brackets. 0 or -errno. */
int load_begin(struct load *load);
/* Move some of the bytes: 1 if there is more to be done, 0, or -errno. *idle: something
 * has to arrive before. */
int load_step(struct load *load, bool *idle);
/* True if a step would change nothing before something has arrived. */
bool load_is_idle(const struct load *load);
/* After each step that did not fail: tell how far it is, and whether to stop.
 * 0 to go on, or -errno. */
int load_check_wakeups(struct load *load);
/* Close the brackets, clean up, and account for all. The result of the load. */
int load_end(struct load *load, int result);

#endif
