/* SPDX-License-Identifier: MIT */
/*
 * Receives: which disk is read, and how.
 * Hands on: the settings that were found to suit it.
 * Always:   one load at a time is measured. No lock: the caller has one.
 */
#ifndef TUNER_H
#define TUNER_H

#include <stdbool.h>
#include <stdint.h>

#include "io/tuning.h"

/* How many disks and ways are remembered. */
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
		/* The count of the last use; 0: never. */
		uint64_t used;
		struct tuning tuning;
	} entries[TUNER_MAX];
	uint64_t count;
	/* The tuning that is being measured, and for which load; NULL: none. */
	unsigned current;
	const void *by;
};

/* Return the tuning of a disk, or NULL if it is unknown. */
struct tuning *tuner_find(struct tuner *tuner, const struct tuner_key *key);

/* Add a disk, in place of the least recently used one. */
struct tuning *tuner_add(struct tuner *tuner, const struct tuner_key *key,
			 const struct tuning_limits *limits);

/* Measure a disk for a load. If it was another disk or load before, that
 * measurement is discarded. */
void tuner_measure(struct tuner *tuner, const struct tuning *tuning,
		   const void *by);

/* Stop measuring for a load; NULL: for any. */
void tuner_stop(struct tuner *tuner, const void *by);

/* Return the point that a load should use. */
struct tuning_point tuner_point(const struct tuner *tuner,
				const struct tuning *tuning, const void *by);

#endif
