/* SPDX-License-Identifier: MIT */
/*
 * Receives: the names under /dev/dma_heap.
 * Hands on: which of them this process may use, and what to do about the rest.
 * Always:   allocates nothing from a heap.
 */
#ifndef HEAPS_H
#define HEAPS_H

#include <stdbool.h>
#include <stddef.h>

#include <dmaload/heap.h>

#define HEAP_DIR "/dev/dma_heap"
#define HEAP_NAME_MAX 128

/* Open a heap's node, an fd or -errno; a refusal is explained with its remedy. */
int heap_open(const char *name, struct dmaload_error *err);

/* The heap to take when the caller names none: name[HEAP_NAME_MAX]. */
int heap_default(char *name, struct dmaload_error *err);

#endif
