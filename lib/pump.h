/* SPDX-License-Identifier: MIT */
/*
 * Receives: a plan, a ring, and a slot of bounce memory for each read in flight.
 * Hands on: the plan's bytes to the sink, or to the buffer in place.
 * Always:   when it returns nothing is in flight, and what did not arrive is
 *           back in the plan.
 */
#ifndef PUMP_H
#define PUMP_H

#include <stdbool.h>

#include <dmaload/report.h>

#include "plan.h"

struct load;
struct pool;

struct pump_setup {
	/* Who is asking: named in reasons, and its bytes are counted. */
	enum dmaload_path path;
	struct geometry geometry;
	/* A slot for each read that is not in place; its memory may be NULL where
	 * the plan has none of these. */
	const struct pool *pool;
	/* The pool is registered with the ring. */
	bool registered;
};

/* 0, PATH_DECLINED or -errno. */
int pump_run(struct load *load, const struct pump_setup *setup);

#endif
