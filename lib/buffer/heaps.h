/* SPDX-License-Identifier: MIT */
/*
 * Receives: the names under /dev/dma_heap.
 * Hands on: which of them this process may use, and the remedy for the others.
 * Always:   allocates nothing from a heap.
 */
#ifndef HEAPS_H
#define HEAPS_H

#include <stdbool.h>
#include <stddef.h>

#include <dmaload/error.h>

#define HEAP_DIR "/dev/dma_heap"
#define HEAP_NAME_MAX 128

/* Open a heap's node. Return an fd, or -errno with the cause and the remedy. */
int heap_open(const char *name, struct dmaload_error *err);

/* List the names of all heaps, sorted. A machine without heaps has none. Return 0
 * or -errno. */
int heap_list(char ***names, size_t *count, struct dmaload_error *err);
void heap_list_free(char **names, size_t count);

/* Return false if a heap is used on request only: the CPU may not fill a protected
 * one. */
bool heap_suits_anyone(const char *name);

/* Explain that there is no heap to choose. Return -ENODEV. */
int heap_missing(struct dmaload_error *err);

/* Find the heap to use if the caller names none: name[HEAP_NAME_MAX]. It is
 * "system", else the first usable one that suits anyone. */
int heap_default(char *name, struct dmaload_error *err);

#endif
