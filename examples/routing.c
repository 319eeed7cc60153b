/* SPDX-License-Identifier: MIT */
#include "routing.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static uint64_t draw(struct routing *routing, uint64_t below)
{
	uint64_t z = routing->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static double draw_fraction(struct routing *routing)
{
	return (double)draw(routing, UINT64_C(1) << 53) * 0x1p-53;
}

static void swap_ranks(struct routing *routing, uint32_t *ranked)
{
	const uint32_t a = (uint32_t)draw(routing, routing->options.experts);
	const uint32_t b = (uint32_t)draw(routing, routing->options.experts);
	const uint32_t expert = ranked[a];

	ranked[a] = ranked[b];
	ranked[b] = expert;
}

static void shuffle(struct routing *routing, uint32_t swaps)
{
	const struct routing_options *o = &routing->options;
	uint32_t layer, i;

	for (layer = 0; layer < o->layers; layer++)
		for (i = 0; i < swaps; i++)
			swap_ranks(routing, routing->ranked +
				   (size_t)layer * o->experts);
}

int routing_init(struct routing *routing, const struct routing_options *options)
{
	const size_t all = (size_t)options->layers * options->experts;
	double sum = 0;
	size_t i;

	*routing = (struct routing){
		.options = *options,
		.random = options->seed,
		.token = UINT32_MAX,
		.sums = calloc(options->experts, sizeof(double)),
		.ranked = calloc(all, sizeof(uint32_t)),
		.last = calloc((size_t)options->layers * options->used,
			       sizeof(uint32_t)),
	};
	if (!routing->sums || !routing->ranked || !routing->last)
		return -1;
	for (i = 0; i < options->experts; i++)
		routing->sums[i] = sum += pow((double)i + 1, -options->zipf);
	for (i = 0; i < all; i++)
		routing->ranked[i] = (uint32_t)(i % options->experts);
	shuffle(routing, 4 * options->experts);
	return 0;
}

void routing_finish(struct routing *routing)
{
	free(routing->sums);
	free(routing->ranked);
	free(routing->last);
}

void routing_next(struct routing *routing)
{
	const struct routing_options *o = &routing->options;

	routing->token++;
	if (o->topic > 0 && routing->token % o->topic == o->topic - 1)
		shuffle(routing, (uint32_t)(o->experts * o->change / 2));
}

static bool is_in(const uint32_t *experts, uint32_t count, uint32_t expert)
{
	while (count > 0)
		if (experts[--count] == expert)
			return true;
	return false;
}

static uint32_t draw_rank(struct routing *routing)
{
	const double at = draw_fraction(routing) *
			  routing->sums[routing->options.experts - 1];
	uint32_t low = 0, high = routing->options.experts - 1, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (routing->sums[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_prompt(const struct routing *routing)
{
	const uint32_t every = routing->options.prompt;

	return every > 0 && routing->token % every == every - 1;
}

uint32_t routing_choose(struct routing *routing, uint32_t layer,
			uint32_t *experts)
{
	const struct routing_options *o = &routing->options;
	const uint32_t *ranked = routing->ranked + (size_t)layer * o->experts;
	uint32_t *last = routing->last + (size_t)layer * o->used;
	uint32_t count = 0, expert, i;

	if (is_prompt(routing)) {
		for (i = 0; i < o->experts; i++)
			experts[i] = i;
		return o->experts;
	}
	for (i = 0; routing->token > 0 && i < o->used; i++)
		if (draw_fraction(routing) < o->reuse)
			experts[count++] = last[i];
	while (count < o->used) {
		expert = ranked[draw_rank(routing)];
		if (!is_in(experts, count, expert))
			experts[count++] = expert;
	}
	for (i = 0; i < o->used; i++)
		last[i] = experts[i];
	return count;
}
