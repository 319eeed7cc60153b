/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load that wants direct reads or writes.
 * Hands on: its ring, of io_uring where that is granted, else of threads.
 * Always:   chosen once a load; a refusal leaves its reason in the report.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>

struct load;

/* 0 or -errno, and why is a text that says it. */
int engine_open(struct load *load, char *why, size_t size);

#endif
