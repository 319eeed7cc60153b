/* SPDX-License-Identifier: MIT */
/*
 * Receives: a buffer that the CPU is going to access, or has accessed.
 * Hands on: DMA_BUF_IOCTL_SYNC around the access.
 * Always:   a bracket that was begun is ended, even after a failure.
 */
#ifndef BRACKETS_H
#define BRACKETS_H

struct load;
struct load_buffer;

/* Begin the CPU's access. Return 0 or -errno. */
int bracket_begin(struct load *load, struct load_buffer *load_buffer);
/* End the CPU's access. before is the result of the load so far; return the
 * result with this. */
int bracket_end(struct load *load, struct load_buffer *load_buffer, int before);

#endif
