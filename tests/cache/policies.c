/* SPDX-License-Identifier: MIT */
/*
 * Print the hits in percent of the library's policy and of others, on generated
 * traces. The caches have room for an eighth, a quarter and half of all
 * experts. Check that the policy is as good as the documentation says.
 *
 *   policies TOKENS
 *
 * doc/cache.md has the table of 1000 tokens.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay.h"

enum { FRACTIONS = 3, RIVALS = 4 };
static const uint32_t fractions[FRACTIONS] = { 8, 4, 2 };
static const struct rival *const rivals[RIVALS] = { &lru, &lfu, &ours, &best };
enum { LRU, LFU, OURS, BEST };

/* layers, experts, used; zipf, reuse; topic, change; prompt; seed */
static struct trace traces[] = {
	{ .name = "Zipf 0.8",
	  .options = { 24, 64, 6, 0.8, 0, 0, 0, 0, 1 } },
	{ .name = "Zipf 0.6, bursts",
	  .options = { 24, 64, 6, 0.6, 0.4, 0, 0, 0, 2 } },
	{ .name = "Zipf 1.0, bursts, topics",
	  .options = { 24, 64, 6, 1.0, 0.3, 200, 0.5, 0, 3 } },
	{ .name = "Zipf 0.8, bursts, short topics",
	  .options = { 24, 64, 6, 0.8, 0.3, 100, 1.0, 0, 4 } },
	{ .name = "Zipf 0.8, bursts, topics, prompts",
	  .options = { 24, 64, 6, 0.8, 0.3, 400, 0.5, 100, 5 } },
	{ .name = "8 of 128, Zipf 0.5, the same",
	  .options = { 24, 128, 8, 0.5, 0.3, 300, 0.7, 300, 6 } },
	{ .name = "2 of 8, Zipf 0.2, bursts",
	  .options = { 32, 8, 2, 0.2, 0.5, 0, 0, 0, 7 } },
};
enum { TRACES = sizeof(traces) / sizeof(traces[0]) };

static unsigned passed, failed;
/* Sums over all traces and fractions. */
static double sums[RIVALS];

static void check(bool condition, const char *trace, const char *what)
{
	passed += condition;
	failed += !condition;
	if (!condition)
		printf("not ok - %s: %s\n", trace, what);
}

/* Keep the experts of two layers pinned, in as many buffers as they need. */
static void try_pins(const struct trace *trace, double unpinned)
{
	const uint32_t pins = 2 * trace->options.used;
	const uint32_t slots = trace->objects / 4;
	const uint32_t buffers = pins + 4;
	struct replay replay;
	double few, many;

	few = replay_trace(&replay, trace, &ours, slots, pins, 4);
	many = replay_trace(&replay, trace, &ours, slots, pins, buffers);
	printf("%-34s %5.1f %5.1f %5.1f\n", "  with pins: 4 buffers, more, none",
	       few, many, unpinned);
	check(replay.evictions > 0 && replay.waits == 0, trace->name,
	      "loads evict from buffers that have pins");
	check(many > unpinned - 1.5, trace->name, "the pins cost hits");
}

static void try(const struct trace *trace)
{
	double hits[RIVALS][FRACTIONS];
	struct replay replay;
	unsigned r, f;

	printf("%s: %zu uses of %u experts\n", trace->name, trace->count,
	       trace->objects);
	for (r = 0; r < RIVALS; r++) {
		printf("  %-32s", rivals[r]->name);
		for (f = 0; f < FRACTIONS; f++) {
			hits[r][f] = replay_trace(&replay, trace, rivals[r],
						  trace->objects / fractions[f],
						  0, 1);
			printf(" %5.1f", hits[r][f]);
		}
		putchar('\n');
	}
	for (f = 0; f < FRACTIONS; f++) {
		check(hits[OURS][f] > hits[LRU][f] - 5 &&
		      hits[OURS][f] > hits[LFU][f] - 5, trace->name,
		      "another policy is far better");
		check(hits[OURS][f] < hits[BEST][f], trace->name,
		      "a policy beats the optimal one");
		for (r = 0; r < RIVALS; r++)
			sums[r] += hits[r][f];
	}
	try_pins(trace, hits[OURS][1]);
}

int main(int argc, char **argv)
{
	unsigned i;

	if (argc != 2)
		return 2;
	for (i = 0; i < TRACES; i++) {
		traces[i].tokens = (uint32_t)atoi(argv[1]);
		trace_make(&traces[i]);
		try(&traces[i]);
		trace_free(&traces[i]);
	}
	check(sums[OURS] > sums[LRU] + 4.0 * TRACES * FRACTIONS, "all",
	      "LRU is as good as the library's policy");
	check(sums[OURS] > sums[LFU] + 8.0 * TRACES * FRACTIONS, "all",
	      "LFU is as good as the library's policy");
	printf("mean: LRU %.1f, LFU %.1f, this %.1f, best %.1f\n",
	       sums[LRU] / (TRACES * FRACTIONS), sums[LFU] / (TRACES * FRACTIONS),
	       sums[OURS] / (TRACES * FRACTIONS),
	       sums[BEST] / (TRACES * FRACTIONS));
	printf("policies: %u passed, %u failed\n", passed, failed);
	return failed > 0 ? 1 : 0;
}
