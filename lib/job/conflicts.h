/* SPDX-License-Identifier: MIT */
/*
 * Receives: a load with its claims, under the lock of claims.c.
 * Hands on: the loads that are in its way.
 * Always:   nothing is changed.
 */
#ifndef CONFLICTS_H
#define CONFLICTS_H

#include <dmaload/error.h>

struct claim;
struct dmaload_file;
struct load;

/* Return the list of claims on a file: those of all names of it, or of one stream. */
struct claim **conflicts_of_file(struct dmaload_file *file);

/* A load has no claims yet: 0, and a load that is in the way, or NULL; or -EBUSY if one of
 * another context has a byte that this one wants, or the stream. */
int conflicts_check(const struct load *load, struct load **blocker,
		    struct dmaload_error *err);

/* Return a load that came earlier and is in the way, or NULL. */
struct load *conflicts_find(const struct load *load);

#endif
