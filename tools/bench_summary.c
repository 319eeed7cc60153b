/* SPDX-License-Identifier: MIT */
/*
 * Over the rounds: medians, since a disk has outliers to one side only. If the
 * runs of fio around a case differ too much, the round does not count for it,
 * unless there are no others.
 */
#include "bench.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double middle(const double *sorted, size_t count)
{
	return count % 2 ? sorted[count / 2] :
			   (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

void bench_statistics(double *values, size_t count,
		      struct bench_statistics *statistics)
{
	*statistics = (struct bench_statistics){ .count = count };
	if (count == 0)
		return;
	qsort(values, count, sizeof(*values), compare);
	statistics->median = middle(values, count);
	statistics->min = values[0];
	statistics->max = values[count - 1];
	/* The one in the middle of an odd number belongs to both halves. */
	statistics->low = middle(values, (count + 1) / 2);
	statistics->high = middle(values + count / 2, (count + 1) / 2);
}

static void keep_max(uint64_t *max, uint64_t value)
{
	/* DMALOAD_UNKNOWN is the largest. */
	if (value > *max)
		*max = value;
}

static uint64_t residue(const struct bench_run *run)
{
	if (run->cached_before == DMALOAD_UNKNOWN ||
	    run->cached_after == DMALOAD_UNKNOWN)
		return DMALOAD_UNKNOWN;
	return run->cached_after > run->cached_before ?
	       run->cached_after - run->cached_before : 0;
}

/* Return false if round n does not count for this case. */
static bool counts(const struct bench *bench, size_t n, size_t i)
{
	size_t other;

	if (bench->results[n].runs[i].error.code < 0)
		return false;
	if (!bench_round_marked(bench, n, i))
		return true;
	for (other = 0; other < bench->done; other++)
		if (!bench_round_marked(bench, other, i) &&
		    bench->results[other].runs[i].error.code == 0)
			return false;
	return true;
}

enum column { SECONDS, SPEED, RATIO, FIRST, USER, KERNEL, EVICTED, COLUMNS };

static double value_of(const struct bench *bench, const struct bench_round *round,
		       size_t i, enum column column)
{
	const struct bench_run *run = &round->runs[i];
	const double gb = (double)bench->length / 1e9;
	const double seconds = (double)run->ns / 1e9;
	const double speed = seconds > 0 ? (double)bench->length / seconds : 0;
	const double reference = bench_round_reference(round, i);

	switch (column) {
	case SECONDS: return seconds;
	case SPEED: return speed;
	case RATIO: return reference > 0 ? speed / reference : 0;
	case USER: return (double)run->user_ns / 1e9 / gb;
	case KERNEL: return (double)run->kernel_ns / 1e9 / gb;
	case FIRST: return (double)run->first_ns / 1e9;
	case EVICTED: return run->evicted == DMALOAD_UNKNOWN ? -1 :
			     (double)run->evicted;
	case COLUMNS: break;
	}
	return 0;
}

static void add_column(const struct bench *bench, size_t i, enum column column,
		       double *values, struct bench_statistics *statistics)
{
	size_t n, count = 0;
	double value;

	for (n = 0; n < bench->done; n++) {
		const struct bench_round *round = &bench->results[n];

		value = value_of(bench, round, i, column);
		/* A value of 0 is unknown, or an error. */
		if (counts(bench, n, i) &&
		    (value > 0 || (value == 0 && column >= USER)))
			values[count++] = value;
	}
	bench_statistics(values, count, statistics);
}

static void add_mosts(const struct bench *bench, size_t i,
		      struct bench_summary *summary)
{
	size_t n;

	for (n = 0; n < bench->done; n++) {
		const struct bench_run *run = &bench->results[n].runs[i];

		if (run->error.code < 0) {
			summary->failed++;
			continue;
		}
		if (!summary->run)
			summary->run = run;
		keep_max(&summary->residue, residue(run));
		keep_max(&summary->pinned, run->pinned);
		keep_max(&summary->memory, run->memory);
		summary->marked += bench_round_marked(bench, n, i);
		summary->count += counts(bench, n, i);
	}
}

void bench_summary(const struct bench *bench, size_t i,
		   struct bench_summary *summary)
{
	double *values = calloc(bench->done + 1, sizeof(*values));
	struct bench_statistics *const columns[COLUMNS] = {
		[SECONDS] = &summary->seconds,
		[SPEED] = &summary->speed,
		[RATIO] = &summary->ratio,
		[USER] = &summary->user,
		[KERNEL] = &summary->kernel,
		[FIRST] = &summary->first,
		[EVICTED] = &summary->evicted,
	};
	int column;

	*summary = (struct bench_summary){ .count = 0 };
	for (column = 0; values && column < COLUMNS; column++)
		add_column(bench, i, (enum column)column, values,
			   columns[column]);
	add_mosts(bench, i, summary);
	free(values);
}

void bench_summary_fio(const struct bench *bench, struct bench_summary *summary)
{
	const size_t max = bench->done * (bench->case_count + 1);
	double *values = calloc(3 * max + 1, sizeof(*values));
	const double gb = (double)bench->length / 1e9;
	size_t n, i, count = 0;

	*summary = (struct bench_summary){ .count = 0 };
	for (n = 0; values && n < bench->done; n++) {
		const struct bench_round *round = &bench->results[n];

		for (i = 0; i < round->disk_count; i++) {
			if (round->disks[i].speed <= 0)
				continue;
			values[count] = round->disks[i].speed;
			values[max + count] = round->disks[i].user / gb;
			values[2 * max + count++] = round->disks[i].kernel / gb;
		}
	}
	if (values) {
		bench_statistics(values, count, &summary->speed);
		bench_statistics(values + max, count, &summary->user);
		bench_statistics(values + 2 * max, count, &summary->kernel);
	}
	summary->count = count;
	free(values);
}
