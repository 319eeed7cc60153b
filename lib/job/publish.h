/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load of which a priority is complete, and more is to come.
 * Hands on: its ranges to devices and to the caller.
 * Always:   no other load waits for a device that this one waits for.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

struct load;

/* Publish the next priority, unless that would keep other loads of the thread waiting. 0, 1 if
 * it would, or -errno. */
int publish_next(struct load *load);

#endif
