/* SPDX-License-Identifier: MIT */
/*
 * Receives: a device node that could not be opened.
 * Hands on: a message that names it, the cause and the remedy.
 * Always:   the same message for every node.
 */
#ifndef DEVICE_ACCESS_H
#define DEVICE_ACCESS_H

#include <stddef.h>

/*
 * Explain why opening a node returned a code. subsystem: for the udev rule that
 * is proposed if no group has access.
 */
void device_access_explain(const char *node, const char *subsystem, int code,
			   char *text, size_t size);

#endif
