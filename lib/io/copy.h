/* SPDX-License-Identifier: MIT */
/*
 * Receives: bytes that have arrived in a slot.
 * Hands on: the same bytes in the buffer, for a device to read.
 * Always:   they are in memory before anything stored later, and the slot's
 *           lines are in the state in which the disk fills them fastest.
 */
#ifndef COPY_H
#define COPY_H

#include <stddef.h>

/* Copy as memcpy(3) does. It writes to the slot, but does not change its
 * bytes. */
void copy_out(void *to, void *from, size_t length);

/* Leave a slot whose bytes were only read in the state that copy_out()
 * leaves. */
void copy_own(void *slot, size_t length);

#endif
