/* SPDX-License-Identifier: MIT */
/*
 * Receives: how often bytes were used, and how long ago, each time they are
 *           used again.
 * Hands on: the expected hits of bytes with such a past.
 * Always:   counting takes no lock.
 */
#ifndef SC_LEARN_H
#define SC_LEARN_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	/* A rate of one use; see policy.h. */
	SC_ONE = 256,
	/* Classes by how often bytes were used, two for each power of two. */
	SC_CLASSES = 8,
	/* Bins by how long ago that was, eight for each power of two. */
	SC_BINS = 192,
	/* Threads share these, so that few write to the same memory. */
	SC_TALLIES = 8,
};

struct sc_tally {
	/* Ticks that are not in the clock yet. */
	_Alignas(64) _Atomic uint32_t ticks;
	/* Uses that left the bytes in a class; and how many of these were
	 * followed by another use, by the time in between. */
	_Atomic uint32_t uses[SC_CLASSES];
	_Atomic uint32_t reuses[SC_CLASSES][SC_BINS];
};

struct sc_learning {
	/* Counts uses, a few at a time. */
	_Alignas(64) _Atomic uint64_t clock;
	struct sc_tally tallies[SC_TALLIES];
	/* Ticks that a tally collects for the clock. */
	uint32_t batch;
	/* Ticks from one computation to the next, and the clock at the last
	 * one. */
	uint64_t period, learnt;
	/* Expected hits for each tick that the bytes are kept. */
	float worth[SC_CLASSES][SC_BINS];
};

void sc_learn_init(struct sc_learning *learning, uint32_t slots);
/* Return the clock, as the calling thread knows it. */
uint64_t sc_learn_now(struct sc_learning *learning);
/* Count that bytes are used again after a time and have another rate then;
 * before is their rate, or 0 if they were never used. Advance by a tick. Any
 * thread, no lock. */
void sc_learn_count(struct sc_learning *learning, uint32_t before, uint64_t age,
		    uint32_t after);
/* Compute worth from the counts when it is due. Called with the lock held. */
void sc_learn(struct sc_learning *learning);
float sc_learn_worth(const struct sc_learning *learning, uint32_t rate,
		     uint64_t age);

#endif
