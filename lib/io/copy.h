/* SPDX-License-Identifier: MIT */
/*
 * Receives: bytes that have arrived in a slot, or that a store or a comparison
 *           needs from the buffer.
 * Hands on: the same bytes in the buffer, for a device to read; or in the
 *           caches, or where they differ.
 * Always:   the buffer is written and read by whole cache lines where the range
 *           has whole lines, one line after the other. No byte is read twice.
 *           Only functions that say so read the buffer. Written bytes are in memory
 *           before anything stored later, and the slot's lines are in the state
 *           in which the disk fills them fastest.
 */
#ifndef COPY_H
#define COPY_H

#include <stddef.h>

/* Copy from a slot to the buffer as memcpy(3) does. It writes to the slot, but
 * does not change its bytes. */
void copy_out(void *to, void *from, size_t length);

/* Do the same while other threads read the slot, which is not written to. */
void copy_out_shared(void *to, const void *from, size_t length);

/* Leave a slot whose bytes were only read in the state that copy_out()
 * leaves. */
void copy_own(void *slot, size_t length);

/* Copy from the buffer to ordinary memory. Reads the buffer. */
void copy_in(void *to, const void *buffer, size_t length);

/* Copy from one buffer to another. Reads the buffer. */
void copy_between(void *to, const void *buffer, size_t length);

/*
 * Compare the buffer with ordinary memory. Reads the buffer. Return the number
 * of equal bytes before the first difference. If that is less than length,
 * *differs is the buffer's byte there.
 */
size_t copy_compare(const void *buffer, const void *expected, size_t length,
		    unsigned char *differs);

#endif
