/* SPDX-License-Identifier: MIT */
/*
 * The medians of a pair, over the rounds. A ratio is one of the two sides of
 * the same round. Every round counts, since its two sides took turns.
 */
#include "bench_pairs.h"

#include <stdlib.h>

#include "bench.h"

enum column {
	OWN,
	RIVAL = OWN + BENCH_FIGURES,
	RATIO = RIVAL + BENCH_FIGURES,
	AHEAD = RATIO + BENCH_FIGURES,
	RATE,
	COLUMNS,
};

/* 0: not measured. */
static double value_of(const struct bench_pair_run *run, int column)
{
	const double *own = run->own.figures, *rival = run->rival.figures;

	if (column < RIVAL)
		return own[column];
	if (column < RATIO)
		return rival[column - RIVAL];
	if (column == AHEAD)
		return (double)run->ahead;
	if (column == RATE)
		return run->rate;
	return rival[column - RATIO] > 0 ?
	       own[column - RATIO] / rival[column - RATIO] : 0;
}

static void add_column(const struct bench *bench, size_t i, int column,
		       double *values, struct bench_statistics *statistics)
{
	size_t n, count = 0;
	double value;

	for (n = 0; n < bench->done; n++) {
		const struct bench_pair_run *run = &bench->results[n].pairs[i];

		value = run->error.code < 0 ? 0 : value_of(run, column);
		if (value > 0)
			values[count++] = value;
	}
	bench_statistics(values, count, statistics);
}

static struct bench_statistics *place_of(struct bench_pair_summary *summary, int column)
{
	if (column < RIVAL)
		return &summary->own[column];
	if (column < RATIO)
		return &summary->rival[column - RIVAL];
	if (column < AHEAD)
		return &summary->ratio[column - RATIO];
	return column == AHEAD ? &summary->ahead : &summary->rate;
}

void bench_pair_summary(const struct bench *bench, size_t i,
			struct bench_pair_summary *summary)
{
	double *values = calloc(bench->done + 1, sizeof(*values));
	int column;
	size_t n;

	*summary = (struct bench_pair_summary){ .count = 0 };
	for (column = 0; values && column < COLUMNS; column++)
		add_column(bench, i, column, values, place_of(summary, column));
	for (n = 0; n < bench->done; n++) {
		const struct bench_pair_run *run = &bench->results[n].pairs[i];

		if (run->error.code < 0) {
			summary->failed++;
			continue;
		}
		summary->count++;
		if (!summary->run)
			summary->run = run;
	}
	free(values);
}
