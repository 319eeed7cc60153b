/* SPDX-License-Identifier: MIT */
/*
 * Receives: how bytes that leave the cache were used.
 * Hands on: the same, when they come back.
 * Always:   memory is limited, so the least recently used are forgotten. Called
 *           with the lock held.
 */
#ifndef SC_GHOSTS_H
#define SC_GHOSTS_H

#include <stdint.h>

struct sc_ghost {
	uint64_t hash, last;
	/* 0: an empty place. */
	uint32_t rate;
};

struct sc_ghosts {
	struct sc_ghost *table;
	uint64_t mask;
};

/* Return 0 or -ENOMEM. */
int sc_ghosts_init(struct sc_ghosts *ghosts, uint32_t slots);
void sc_ghosts_finish(struct sc_ghosts *ghosts);
/* Return NULL if nothing is known. */
const struct sc_ghost *sc_ghosts_find(const struct sc_ghosts *ghosts,
				      uint64_t hash);
void sc_ghosts_keep(struct sc_ghosts *ghosts, const struct sc_ghost *ghost);

#endif
