/* SPDX-License-Identifier: MIT */
/*
 * The best length of reads, and the best number in flight, differ from disk to
 * disk, and no disk reports them. Most disks have a plateau on which all usual
 * lengths perform alike, as long as enough bytes are in flight. Some need
 * longer requests, since each has a cost; some need more of them; some split
 * long ones.
 *
 * The points to try form a lattice: lengths that are powers of two, in rows
 * with the same bytes in flight. The climb begins at a point that is good for
 * most disks. A neighbor that is clearly faster becomes the best one; its
 * neighbors are next.
 *
 * Speed changes more from moment to moment than from point to point. So a lap
 * of the rival is compared with the laps of the best point before and after it.
 * The rival must win most of several comparisons. A tie is a loss.
 *
 * Trying a slower point costs time. So a fraction of the time at the best point
 * is saved up for it. A lap that is about to cost more than that is stopped.
 */
#include "io/tuning.h"

/* The length of a lap, as a multiple of the bytes in flight: 18 MiB if that is
 * 6. */
#define LAP 3u

/* The rival must be faster by this factor, in this many comparisons out of
 * these. */
#define GAIN 1.03
#define WINS 4u
#define LOSSES 2u

/* The fraction of the time that trying may cost, and the fraction of a lap that
 * must be saved up before. */
#define COST (1.0 / 32)
#define CREDIT_LAPS 0.25

void tuning_init(struct tuning *tuning, const struct tuning_limits *limits)
{
	*tuning = (struct tuning){ .compares = false };
	lattice_init(&tuning->lattice, limits);
	tuning->done[0] = true;
}

struct tuning_point tuning_now(const struct tuning *tuning)
{
	return tuning->lattice.points[tuning->trying ? tuning->rival : tuning->best];
}

struct tuning_point tuning_best(const struct tuning *tuning)
{
	return tuning->lattice.points[tuning->best];
}

/* Return a neighbor of the best point that was not tried, or count. */
static unsigned next_rival(const struct tuning *tuning)
{
	const struct tuning_point *best = &tuning->lattice.points[tuning->best];
	const unsigned neighbours[] = {
		lattice_find(&tuning->lattice, best->chunk_bytes, best->row + 1),
		lattice_find(&tuning->lattice, best->chunk_bytes / 2, best->row),
		lattice_find(&tuning->lattice, best->chunk_bytes * 2, best->row),
		lattice_find(&tuning->lattice, best->chunk_bytes, best->row - 1),
	};
	unsigned i;

	for (i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++)
		if (neighbours[i] < tuning->lattice.count && !tuning->done[neighbours[i]])
			return neighbours[i];
	return tuning->lattice.count;
}

bool tuning_is_over(const struct tuning *tuning)
{
	return !tuning->compares && next_rival(tuning) == tuning->lattice.count;
}

/* Return the bytes of a lap that are measured, and those before, which were in
 * flight already. */
static uint64_t lap_bytes(const struct tuning *tuning)
{
	return LAP * point_bytes(&tuning->lattice.points[0]);
}

static uint64_t lead_bytes(const struct tuning *tuning)
{
	const uint64_t best = point_bytes(&tuning->lattice.points[tuning->best]);
	const uint64_t rival = point_bytes(&tuning->lattice.points[tuning->rival]);

	return tuning->compares && rival > best ? rival : best;
}

/* Return bytes per ns once the lap is over; 0 before. */
static double count(struct tuning_lap *lap, uint64_t bytes, uint64_t now,
		    uint64_t lead, uint64_t enough)
{
	if (!lap->begun) {
		lap->begun = true;
		lap->begun_at = now;
		return 0;
	}
	lap->arrived += bytes;
	if (!lap->led && lap->arrived >= lead) {
		lap->led = true;
		lap->led_at = now;
		lap->lead = lap->arrived;
	}
	if (!lap->led || lap->arrived - lap->lead < enough || now <= lap->led_at)
		return 0;
	return (double)(lap->arrived - lap->lead) / (double)(now - lap->led_at);
}

/* Return the cost of the rival's lap so far, in bytes. */
static double cost(const struct tuning *tuning, uint64_t now)
{
	const struct tuning_lap *lap = &tuning->lap;
	const double took = lap->begun ? (double)(now - lap->begun_at) : 0;
	const double lost = took * tuning->best_rate - (double)lap->arrived;

	return lost > 0 ? lost : 0;
}

static void begin_lap(struct tuning *tuning, bool trying)
{
	tuning->trying = trying;
	tuning->lap = (struct tuning_lap){ .begun = false };
}

/* Begin another lap of the same point; what is in flight belongs to it. */
static void go_on(struct tuning *tuning, uint64_t now)
{
	tuning->lap = (struct tuning_lap){
		.begun = true, .begun_at = now, .led = true, .led_at = now,
	};
}

static void win(struct tuning *tuning)
{
	if (++tuning->wins < WINS)
		return;
	tuning->best = tuning->rival;
	tuning->best_rate = 0;
	tuning->done[tuning->rival] = true;
	tuning->compares = false;
}

static void lose(struct tuning *tuning)
{
	if (++tuning->losses < LOSSES)
		return;
	tuning->done[tuning->rival] = true;
	tuning->compares = false;
}

/* Compare the rival's lap with the best point's laps after it and, if there was
 * one, before it. */
static void compare(struct tuning *tuning, double before, double after)
{
	const double rival = tuning->rival_rate;

	tuning->rival_rate = 0;
	if (rival == 0 || before == 0)
		return;
	if (rival > GAIN * (before + after) / 2)
		win(tuning);
	else
		lose(tuning);
}

/* Try the rival, if there is one, its cost is saved up, and enough bytes are
 * left. */
static void try_rival(struct tuning *tuning, uint64_t left)
{
	const uint64_t lap = lap_bytes(tuning);
	const unsigned rival = next_rival(tuning);

	if (!tuning->compares && rival < tuning->lattice.count) {
		tuning->compares = true;
		tuning->rival = rival;
		tuning->wins = tuning->losses = 0;
	}
	if (tuning->compares && tuning->best_rate > 0 &&
	    tuning->credit >= CREDIT_LAPS * (double)lap &&
	    left >= 2 * (lap + 2 * lead_bytes(tuning)))
		begin_lap(tuning, true);
}

static bool note_best(struct tuning *tuning, uint64_t bytes, uint64_t left,
		      uint64_t now)
{
	const unsigned best = tuning->best;
	const double before = tuning->best_rate;
	double rate;

	tuning->credit += COST * (double)bytes;
	rate = count(&tuning->lap, bytes, now, lead_bytes(tuning),
		     lap_bytes(tuning));
	if (rate == 0)
		return false;
	tuning->best_rate = rate;
	compare(tuning, before, rate);
	if (tuning->best != best) {
		begin_lap(tuning, false);
		return true;
	}
	go_on(tuning, now);
	try_rival(tuning, left);
	return tuning->trying;
}

static bool note_rival(struct tuning *tuning, uint64_t bytes, uint64_t now)
{
	const double rate = count(&tuning->lap, bytes, now, lead_bytes(tuning),
				  lap_bytes(tuning));
	const double lost = cost(tuning, now);

	if (rate == 0 && lost <= tuning->credit)
		return false;
	tuning->credit = lost < tuning->credit ? tuning->credit - lost : 0;
	tuning->rival_rate = rate;
	if (rate == 0)
		lose(tuning);
	begin_lap(tuning, false);
	return true;
}

bool tuning_note(struct tuning *tuning, uint64_t bytes, uint64_t left,
		 uint64_t now)
{
	if (tuning_is_over(tuning))
		return false;
	return tuning->trying ? note_rival(tuning, bytes, now) :
				note_best(tuning, bytes, left, now);
}

void tuning_pause(struct tuning *tuning)
{
	begin_lap(tuning, false);
	tuning->best_rate = tuning->rival_rate = 0;
}
