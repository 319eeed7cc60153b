/* SPDX-License-Identifier: MIT */
#include "io/tuner.h"

#include <stddef.h>

static bool same(const struct tuner_key *a, const struct tuner_key *b)
{
	return a->disk == b->disk && a->in_place == b->in_place &&
	       a->scattered == b->scattered;
}

struct tuning *tuner_find(struct tuner *tuner, const struct tuner_key *key)
{
	unsigned i;

	for (i = 0; i < TUNER_MAX; i++) {
		if (tuner->entries[i].used == 0 ||
		    !same(&tuner->entries[i].key, key))
			continue;
		tuner->entries[i].used = ++tuner->count;
		return &tuner->entries[i].tuning;
	}
	return NULL;
}

struct tuning *tuner_add(struct tuner *tuner, const struct tuner_key *key,
			 const struct tuning_limits *limits)
{
	unsigned i, oldest = 0;

	for (i = 1; i < TUNER_MAX; i++)
		if (tuner->entries[i].used < tuner->entries[oldest].used)
			oldest = i;
	if (tuner->by && tuner->current == oldest)
		tuner->by = NULL;
	tuner->entries[oldest].key = *key;
	tuner->entries[oldest].used = ++tuner->count;
	tuning_init(&tuner->entries[oldest].tuning, limits);
	return &tuner->entries[oldest].tuning;
}

static bool is_measured(const struct tuner *tuner, const struct tuning *tuning,
			const void *by)
{
	return tuner->by && tuner->by == by &&
	       tuning == &tuner->entries[tuner->current].tuning;
}

void tuner_stop(struct tuner *tuner, const void *by)
{
	if (!tuner->by || (by && tuner->by != by))
		return;
	tuning_pause(&tuner->entries[tuner->current].tuning);
	tuner->by = NULL;
}

void tuner_measure(struct tuner *tuner, const struct tuning *tuning,
		   const void *by)
{
	unsigned i = 0;

	if (is_measured(tuner, tuning, by))
		return;
	tuner_stop(tuner, NULL);
	while (tuning != &tuner->entries[i].tuning)
		i++;
	tuner->current = i;
	tuner->by = by;
}

struct tuning_point tuner_point(const struct tuner *tuner,
				const struct tuning *tuning, const void *by)
{
	return is_measured(tuner, tuning, by) ? tuning_now(tuning) :
						tuning_best(tuning);
}
