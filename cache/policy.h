/* SPDX-License-Identifier: MIT */
/*
 * Receives: each use of the bytes in a slot, and the bytes that enter and
 *           leave.
 * Hands on: how much a slot is worth keeping.
 * Always:   a hit takes no lock; everything else happens with the cache's lock
 *           held.
 */
#ifndef SC_POLICY_H
#define SC_POLICY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ghosts.h"
#include "learn.h"

/* How the bytes in a slot are used. Threads that hit a slot at the same time
 * may lose each other's updates, which does not matter. */
struct sc_use {
	/* The clock at the last use. */
	_Atomic uint64_t last;
	/* The clock when the bytes came. */
	uint64_t entered;
	/* The number of uses, in 1/256, at the time of the last use. Halved
	 * every 2^half_life ticks. */
	_Atomic uint32_t rate;
	/* The bytes were prefetched, and not used since. */
	_Atomic bool ahead;
};

struct sc_policy {
	struct sc_learning learning;
	struct sc_ghosts ghosts;
	uint32_t slots;
	unsigned half_life;
};

/* Return 0 or -ENOMEM. */
int sc_policy_init(struct sc_policy *policy, uint32_t slots);
void sc_policy_finish(struct sc_policy *policy);

/* Count a use of resident bytes. Any thread, no lock. Return whether it is the
 * first use of prefetched bytes. */
bool sc_policy_hit(struct sc_policy *policy, struct sc_use *use);

/* Count bytes that enter a slot, for a use or ahead of one; and bytes that
 * leave. */
void sc_policy_enter(struct sc_policy *policy, struct sc_use *use, uint64_t hash,
		     bool ahead);
void sc_policy_leave(struct sc_policy *policy, const struct sc_use *use,
		     uint64_t hash);

/* Return the clock, as the calling thread knows it. */
uint64_t sc_policy_now(struct sc_policy *policy);
/* Return the worth of bytes; those with the least leave first. */
float sc_policy_worth(const struct sc_policy *policy, const struct sc_use *use,
		      uint64_t now);
/* Return whether a prefetch of these bytes may take the slot. */
bool sc_policy_yields(const struct sc_policy *policy, const struct sc_use *use,
		      uint64_t hash, uint64_t now);

#endif
