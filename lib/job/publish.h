/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with a complete priority and more to come.
 * Hands on: its ranges to devices and to the caller.
 * Always:   no other load has to wait for a device that this one waits for.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

struct load;

/* Publish the next priority, unless other loads of this thread would have to
 * wait. Return 0, 1 if they would, or -errno. */
int publish_next(struct load *load);

#endif
