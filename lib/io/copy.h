/* SPDX-License-Identifier: MIT */
/*
 * Receives: bytes that have arrived in a slot.
 * Hands on: the same bytes in the buffer, for a device to read.
 * Always:   they are in memory before whatever is stored after them, and the slot is
 *           left to the disk in the state in which it fills it fastest.
 */
#ifndef COPY_H
#define COPY_H

#include <stddef.h>

/* As memcpy(3). The slot's bytes are written to, but as they are. */
void copy_out(void *to, void *from, size_t length);

/* Leave a slot whose bytes have only been read as copy_out() does. */
void copy_own(void *slot, size_t length);

#endif
