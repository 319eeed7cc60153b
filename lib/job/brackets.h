/* SPDX-License-Identifier: MIT */
/*
 * Receives: a buffer that the CPU is going to read or write, or has.
 * Hands on: DMA_BUF_IOCTL_SYNC around that.
 * Always:   what was begun is ended, also after a failure.
 */
#ifndef BRACKETS_H
#define BRACKETS_H

struct load;
struct load_buffer;

/* 0 or -errno. */
int bracket_begin(struct load *load, struct load_buffer *load_buffer);
/* before: the result of the load so far. The result with this. */
int bracket_end(struct load *load, struct load_buffer *load_buffer, int before);

#endif
