/* SPDX-License-Identifier: MIT */
#ifndef REFUSED_BUFFERS_H
#define REFUSED_BUFFERS_H

/* The tests of sources and dma-bufs that are refused. Return how many have
 * failed. */
int refused_buffers(void);

#endif
