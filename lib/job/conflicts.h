/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with its claims, under the lock of claims.c.
 * Hands on: the loads that conflict with it.
 * Always:   changes nothing.
 */
#ifndef CONFLICTS_H
#define CONFLICTS_H

#include <dmaload/error.h>

struct claim;
struct dmaload_file;
struct load;

/* Return the list of claims on a file, under all its names, or on a stream. */
struct claim **conflicts_of_file(struct dmaload_file *file);

/* Check a load that has no claims yet. Return 0 and a conflicting load or
 * NULL; or -EBUSY if another context has a claim on a byte of it, or on its
 * stream. */
int conflicts_check(const struct load *load, struct load **blocker,
		    struct dmaload_error *err);

/* Return an earlier load that conflicts, or NULL. */
struct load *conflicts_find(const struct load *load);

#endif
