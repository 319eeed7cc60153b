/* SPDX-License-Identifier: MIT */
#include "learn.h"

#include <string.h>

enum {
	/* All threads share the clock, so it advances in steps of this number
	 * of ticks, or of a small fraction of the slots. */
	BATCH_MAX = 16,
	/* The minimum number of ticks from one computation to the next. */
	PERIOD_MIN = 1024,
	/* A class with fewer uses counts as unknown. */
	ENOUGH = 64,
	/* At each computation, counts lose this fraction, and they are limited
	 * to the uses of twice as many computations. */
	FADE = 32,
};

static uint32_t get(const _Atomic uint32_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static void set(_Atomic uint32_t *value, uint32_t to)
{
	atomic_store_explicit(value, to, memory_order_relaxed);
}

/* Without a locked instruction: a lost update does not matter. Hits alone may
 * reach the limit of a count, since only a miss fades it. */
static void count_one(_Atomic uint32_t *value)
{
	const uint32_t n = get(value);

	if (n < UINT32_MAX)
		set(value, n + 1);
}

static unsigned log2_of(uint64_t value)
{
	return 63u - (unsigned)__builtin_clzll(value);
}

static unsigned bin_of(uint64_t age)
{
	unsigned log, bin;

	if (age < 8)
		return (unsigned)age;
	log = log2_of(age);
	bin = log * 8 + (unsigned)(age >> (log - 3) & 7) - 16;
	return bin < SC_BINS - 1 ? bin : SC_BINS - 1;
}

/* Return the lowest age of a bin. */
static double bin_begin(unsigned bin)
{
	if (bin < 8)
		return bin;
	return (double)((8u + bin % 8) << (bin / 8 - 1));
}

static unsigned class_of(uint32_t rate)
{
	unsigned log, class;

	if (rate <= SC_ONE)
		return 0;
	log = log2_of(rate);
	class = (log - 8) * 2 + (rate >> (log - 1) & 1);
	return class < SC_CLASSES - 1 ? class : SC_CLASSES - 1;
}

/* Return a tally for the calling thread, shared with up to seven others. */
static struct sc_tally *own_tally(struct sc_learning *learning)
{
	static atomic_uint threads;
	static _Thread_local unsigned number;

	if (number == 0)
		number = 1 + atomic_fetch_add_explicit(&threads, 1,
						       memory_order_relaxed) %
			     SC_TALLIES;
	return &learning->tallies[number - 1];
}

/* A thread knows its own ticks: with one thread, the clock is exact. */
uint64_t sc_learn_now(struct sc_learning *learning)
{
	const struct sc_tally *tally = own_tally(learning);

	return atomic_load_explicit(&learning->clock, memory_order_relaxed) +
	       get(&tally->ticks);
}

static void tick(struct sc_learning *learning, struct sc_tally *tally)
{
	const uint32_t ticks = get(&tally->ticks) + 1;

	if (ticks < learning->batch) {
		set(&tally->ticks, ticks);
		return;
	}
	set(&tally->ticks, 0);
	atomic_fetch_add_explicit(&learning->clock, ticks, memory_order_relaxed);
}

void sc_learn_count(struct sc_learning *learning, uint32_t before, uint64_t age,
		    uint32_t after)
{
	struct sc_tally *tally = own_tally(learning);

	if (before != 0)
		count_one(&tally->reuses[class_of(before)][bin_of(age)]);
	count_one(&tally->uses[class_of(after)]);
	tick(learning, tally);
}

/*
 * Compute the index of a class: for each age, go on from bin to bin. Hits and
 * ticks add up, and their ratio is best at some bin. left[bin] is the number of
 * uses whose next one has not come before that bin.
 */
static void learn_class(float *worth, const uint64_t *reuses, double uses)
{
	double left[SC_BINS + 1], hits, ticks, width;
	unsigned from, bin;

	for (bin = 0; bin < SC_BINS; bin++)
		uses -= (double)reuses[bin];
	/* Lost updates can make it negative. */
	left[SC_BINS] = uses > 0 ? uses : 0;
	for (bin = SC_BINS; bin-- > 0; )
		left[bin] = left[bin + 1] + (double)reuses[bin];

	for (from = 0; from < SC_BINS; from++) {
		/* If no reuse was ever seen, older bytes leave first. */
		worth[from] = (float)(1e-9 / (bin_begin(from) + 1));
		hits = ticks = 0;
		for (bin = from; bin < SC_BINS && left[bin] > 0; bin++) {
			width = bin_begin(bin + 1) - bin_begin(bin);
			hits += (double)reuses[bin];
			ticks += (left[bin + 1] + left[bin]) / 2 * width;
			if (hits > worth[from] * ticks)
				worth[from] = (float)(hits / ticks);
		}
	}
}

/* Return by how many bits all counts are too large. */
static unsigned excess(const struct sc_learning *learning)
{
	uint64_t uses = 0;
	unsigned bits = 0, i, class;

	for (i = 0; i < SC_TALLIES; i++)
		for (class = 0; class < SC_CLASSES; class++)
			uses += get(&learning->tallies[i].uses[class]);
	while (uses >> bits > 2 * FADE * learning->period)
		bits++;
	return bits;
}

/* Fade a count, so that older uses weigh less, and return it. */
static uint32_t fade(_Atomic uint32_t *count, unsigned bits)
{
	const uint32_t n = get(count) >> bits;

	set(count, n - n / FADE);
	return n;
}

/* Collect what all threads have counted of a class. */
static uint64_t collect(struct sc_learning *learning, uint64_t *reuses,
			unsigned class, unsigned bits)
{
	struct sc_tally *tally = learning->tallies;
	uint64_t uses = 0;
	unsigned bin;

	memset(reuses, 0, SC_BINS * sizeof(*reuses));
	for (; tally < learning->tallies + SC_TALLIES; tally++) {
		for (bin = 0; bin < SC_BINS; bin++)
			reuses[bin] += fade(&tally->reuses[class][bin], bits);
		uses += fade(&tally->uses[class], bits);
	}
	return uses;
}

/* An unknown class has the worth of the next lower one. */
void sc_learn(struct sc_learning *learning)
{
	const uint64_t now = sc_learn_now(learning);
	uint64_t reuses[SC_BINS], uses;
	unsigned class, bits;

	/* Another thread may have been some ticks ahead. */
	if (now < learning->learnt + learning->period)
		return;
	learning->learnt = now;
	bits = excess(learning);
	for (class = 0; class < SC_CLASSES; class++) {
		uses = collect(learning, reuses, class, bits);
		if (uses >= ENOUGH)
			learn_class(learning->worth[class], reuses, (double)uses);
		else if (class > 0)
			memcpy(learning->worth[class], learning->worth[class - 1],
			       sizeof(learning->worth[class]));
	}
}

/* Before anything is learned, recent and frequent uses count alike. */
void sc_learn_init(struct sc_learning *learning, uint32_t slots)
{
	unsigned class, bin;

	learning->batch = slots / 64 < BATCH_MAX ? slots / 64 : BATCH_MAX;
	learning->period = slots > PERIOD_MIN ? slots : PERIOD_MIN;
	for (class = 0; class < SC_CLASSES; class++)
		for (bin = 0; bin < SC_BINS; bin++)
			learning->worth[class][bin] =
				(float)((class + 1) / (bin_begin(bin) + 1));
}

float sc_learn_worth(const struct sc_learning *learning, uint32_t rate,
		     uint64_t age)
{
	return learning->worth[class_of(rate)][bin_of(age)];
}
