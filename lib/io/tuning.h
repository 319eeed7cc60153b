/* SPDX-License-Identifier: MIT */
/*
 * Receives: points to try, and when bytes of large loads arrive.
 * Hands on: the length of reads, and how many may be in flight.
 * Always:   a point that was left is never tried again, so trying ends; it
 *           costs only a fraction of the time of the loads. Plain arithmetic,
 *           no lock: the caller has one.
 */
#ifndef TUNING_H
#define TUNING_H

#include <stdbool.h>
#include <stdint.h>

#include "io/lattice.h"

/* Bytes that arrived while one point was in use, and since when. */
struct tuning_lap {
	bool begun;
	uint64_t begun_at;
	uint64_t arrived;
	/* The first of them, which may have been in flight before; and when
	 * they had arrived. */
	bool led;
	uint64_t led_at;
	uint64_t lead;
};

struct tuning {
	struct lattice lattice;
	/* The point was the best one, or is not better than it was. */
	bool done[LATTICE_POINTS_MAX];
	unsigned best;
	/* A point is compared with the best one: how often it was better, and
	 * was not. */
	bool compares;
	unsigned rival;
	unsigned wins;
	unsigned losses;
	/* The rival is in use now. */
	bool trying;
	struct tuning_lap lap;
	/* The rates of the last laps, in bytes per ns; 0: unknown. */
	double best_rate;
	double rival_rate;
	/* The bytes that could have been loaded in the time that trying may
	 * cost. */
	double credit;
};

void tuning_init(struct tuning *tuning, const struct tuning_limits *limits);

/* Return the point to use now, and the best known one. */
struct tuning_point tuning_now(const struct tuning *tuning);
struct tuning_point tuning_best(const struct tuning *tuning);

/* Return true if there is nothing left to try. */
bool tuning_is_over(const struct tuning *tuning);

/* Count bytes of a large load that arrived at a time, in ns; left are still to
 * come. Return true if another point is to be used from now on. */
bool tuning_note(struct tuning *tuning, uint64_t bytes, uint64_t left,
		 uint64_t now);

/* Discard the current measurement and use the best point, when the load has
 * ended or others run beside it. */
void tuning_pause(struct tuning *tuning);

#endif
