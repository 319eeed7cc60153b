/* SPDX-License-Identifier: MIT */
/*
 * Receives: how far a load is.
 * Hands on: the caller's answer: 0 to go on.
 * Always:   the one place where the library runs code of the caller.
 */
#ifndef BARRIER_H
#define BARRIER_H

#include <dmaload/load.h>

int barrier_progress(const struct dmaload_options *options,
		  const struct dmaload_progress *progress);
int barrier_transform(const struct dmaload_transform *transform,
		      const struct dmaload_piece *piece);

#endif
