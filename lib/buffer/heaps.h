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

#include <dmaload/error.h>

#define HEAP_DIR "/dev/dma_heap"
#define HEAP_NAME_MAX 128

/* Open a heap's node, an fd or -errno; a refusal is explained with its remedy. */
int heap_open(const char *name, struct dmaload_error *err);

/* The names of all heaps, sorted, or none on a machine without: 0 or -errno. */
int heap_list(char ***names, size_t *count, struct dmaload_error *err);
void heap_list_free(char **names, size_t count);

/* Return false if a heap is only for those who name it: the CPU may not fill a
 * protected one. */
bool heap_suits_anyone(const char *name);

/* Explain that there is no heap to choose: -ENODEV. */
int heap_missing(struct dmaload_error *err);

/* The heap to take when the caller names none: name[HEAP_NAME_MAX]. "system",
 * else the first that suits anyone and may be used. */
int heap_default(char *name, struct dmaload_error *err);

#endif
