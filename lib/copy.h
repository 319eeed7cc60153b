/* SPDX-License-Identifier: MIT */
/*
 * Receives: bytes that have arrived in a slot.
 * Hands on: the same bytes in the buffer, for a device to read.
 * Always:   they are in memory before whatever is stored after them.
 */
#ifndef COPY_H
#define COPY_H

#include <stddef.h>

/* As memcpy(3). */
void copy_past_caches(void *to, const void *from, size_t length);

#endif
