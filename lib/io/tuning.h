/* SPDX-License-Identifier: MIT */
/*
 * Receives: points that come into question, and when bytes of large loads arrive.
 * Hands on: how long reads are to be, and how many of them are to be in flight.
 * Always:   a point that was left is never tried again, so trying comes to an end, and it
 *           costs no more than a part of the time of what is loaded. Plain arithmetic, no
 *           lock: the caller has one.
 */
#ifndef TUNING_H
#define TUNING_H

#include <stdbool.h>
#include <stdint.h>

#include "io/lattice.h"

/* Bytes that arrived while one point was in use, and since when it was. */
struct tuning_lap {
	bool begun;
	uint64_t begun_at;
	uint64_t arrived;
	/* Those of them that were in flight before, or may have been; and when they had
	 * arrived. */
	bool led;
	uint64_t led_at;
	uint64_t lead;
};

struct tuning {
	struct lattice lattice;
	/* It was the best point, or is no better than it was. */
	bool done[LATTICE_POINTS_MAX];
	unsigned best;
	/* A point is compared with the best one: how often it was better, and was not. */
	bool compares;
	unsigned rival;
	unsigned wins;
	unsigned losses;
	/* It is the one in use. */
	bool trying;
	struct tuning_lap lap;
	/* The rates of the last laps, in bytes per ns; 0: not known. */
	double best_rate;
	double rival_rate;
	/* The bytes that could have been loaded in the time that trying may cost. */
	double credit;
};

void tuning_init(struct tuning *tuning, const struct tuning_limits *limits);

/* The point to be used now, and the best one that is known. */
struct tuning_point tuning_now(const struct tuning *tuning);
struct tuning_point tuning_best(const struct tuning *tuning);

/* Nothing is left to be tried. */
bool tuning_is_over(const struct tuning *tuning);

/* Bytes of a large load have arrived at a time, in ns, and so many are left of it. True if
 * another point is to be used from now on. */
bool tuning_note(struct tuning *tuning, uint64_t bytes, uint64_t left,
		 uint64_t now);

/* The load has ended, or others go on beside it: what is being measured does not count, and
 * the best point is to be used. */
void tuning_pause(struct tuning *tuning);

#endif
