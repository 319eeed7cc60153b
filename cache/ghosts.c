/* SPDX-License-Identifier: MIT */
#include "ghosts.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum {
	/* Usually more than the parts of a file that do not fit. */
	GHOSTS_PER_SLOT = 8,
	/* The places where a ghost may be. */
	WAYS = 4,
};

int sc_ghosts_init(struct sc_ghosts *ghosts, uint32_t slots)
{
	uint64_t count = 64;

	while (count < (uint64_t)slots * GHOSTS_PER_SLOT)
		count *= 2;
	if (count > SIZE_MAX / sizeof(*ghosts->table))
		return -ENOMEM;
	ghosts->table = calloc((size_t)count, sizeof(*ghosts->table));
	if (!ghosts->table)
		return -ENOMEM;
	ghosts->mask = count - WAYS;
	return 0;
}

void sc_ghosts_finish(struct sc_ghosts *ghosts)
{
	free(ghosts->table);
	ghosts->table = NULL;
}

static struct sc_ghost *ways_of(const struct sc_ghosts *ghosts, uint64_t hash)
{
	return &ghosts->table[hash & ghosts->mask];
}

const struct sc_ghost *sc_ghosts_find(const struct sc_ghosts *ghosts,
				      uint64_t hash)
{
	const struct sc_ghost *ghost = ways_of(ghosts, hash);
	unsigned way;

	for (way = 0; way < WAYS; way++, ghost++)
		if (ghost->hash == hash && ghost->rate != 0)
			return ghost;
	return NULL;
}

/* Use the ghost's own place, a free one, or that of the oldest. */
void sc_ghosts_keep(struct sc_ghosts *ghosts, const struct sc_ghost *ghost)
{
	struct sc_ghost *const ways = ways_of(ghosts, ghost->hash);
	struct sc_ghost *place = ways;
	unsigned way;

	for (way = 0; way < WAYS; way++) {
		if (ways[way].hash == ghost->hash) {
			place = &ways[way];
			break;
		}
		/* A free one was never used. */
		if (ways[way].last < place->last)
			place = &ways[way];
	}
	*place = *ghost;
}
