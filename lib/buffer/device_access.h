/* SPDX-License-Identifier: MIT */
/*
 * Receives: a device node that could not be opened.
 * Hands on: a sentence that names it, and what to do about it.
 * Always:   the same sentence for every node.
 */
#ifndef DEVICE_ACCESS_H
#define DEVICE_ACCESS_H

#include <stddef.h>

/*
 * Why opening a node gave a code. subsystem: of the udev rule that is proposed where
 * no group has access.
 */
void device_access_explain(const char *node, const char *subsystem, int code,
			   char *text,
			   size_t size);

#endif
