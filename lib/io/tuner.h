/* SPDX-License-Identifier: MIT */
/*
 * Receives: which disk is read, and how.
 * Hands on: what was found to suit it.
 * Always:   one load at a time is measured. No lock: the caller has one.
 */
#ifndef TUNER_H
#define TUNER_H

#include <stdbool.h>
#include <stdint.h>

#include "io/tuning.h"

/* As many disks and ways as are remembered. */
#define TUNER_MAX 8

struct tuner_key {
	/* st_dev of its files. */
	uint64_t disk;
	bool in_place;
	/* The memory is in base pages. */
	bool scattered;
};

struct tuner {
	struct {
		struct tuner_key key;
		/* When it was asked for last, counted; 0: never. */
		uint64_t used;
		struct tuning tuning;
	} entries[TUNER_MAX];
	uint64_t count;
	/* The one that is being measured, and by whom; NULL: by nobody. */
	unsigned current;
	const void *by;
};

/* Return the tuning of a disk; NULL: nothing is known of it. */
struct tuning *tuner_find(struct tuner *tuner, const struct tuner_key *key);

/* Begin with a disk, in the place of the one that was not asked for the longest. */
struct tuning *tuner_add(struct tuner *tuner, const struct tuner_key *key,
			 const struct tuning_limits *limits);

/* Measure a disk for somebody. If it is another one than before, or for another, what was
 * being measured does not count. */
void tuner_measure(struct tuner *tuner, const struct tuning *tuning,
		   const void *by);

/* Somebody does not go on, or anybody, NULL. */
void tuner_stop(struct tuner *tuner, const void *by);

/* The point that somebody is to use. */
struct tuning_point tuner_point(const struct tuner *tuner,
				const struct tuning *tuning, const void *by);

#endif
