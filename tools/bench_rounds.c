/* SPDX-License-Identifier: MIT */
/*
 * The speed of a disk drifts, and other users come and go. So all cases are
 * measured in turn, repeatedly, forward and backward. Each is compared with the
 * runs of fio before and after it.
 */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_pairs.h"
#include "tool.h"

/* Two runs of fio may differ by this fraction of the slower one. */
#define TOLERANCE 0.10

/* Show the step of a round, and what is being measured. */
static void show(const struct bench *bench, size_t n, size_t step, const char *name)
{
	if (!bench->quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kround %zu of %u, %zu of %zu: %s", n + 1,
			bench->rounds, step + 1,
			bench->case_count + bench->pair_count, name);
}

static void hide(const struct bench *bench)
{
	if (!bench->quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}

static int round_init(const struct bench *bench, struct bench_round *round)
{
	*round = (struct bench_round){
		.runs = calloc(bench->case_count + 1, sizeof(*round->runs)),
		.disks = calloc(bench->case_count + 1, sizeof(*round->disks)),
		.before = calloc(bench->case_count + 1, sizeof(*round->before)),
		.pairs = calloc(bench->pair_count + 1, sizeof(*round->pairs)),
	};
	return round->runs && round->disks && round->before && round->pairs ?
	       0 : -ENOMEM;
}

static void round_free(struct bench_round *round)
{
	free(round->runs);
	free(round->disks);
	free(round->before);
	free(round->pairs);
}

static int run_cases(const struct bench *bench, struct bench_round *round, size_t n,
		     struct dmaload_error *err)
{
	const size_t count = bench->case_count;
	size_t step, i;
	int r = 0;

	for (step = 0; r == 0 && step < count; step++) {
		if (step == 0 || bench->paired)
			bench_reference_run(bench,
					    &round->disks[round->disk_count++]);
		i = n % 2 == 0 ? step : count - 1 - step;
		show(bench, n, step, bench->cases[i].name);
		round->before[i] = round->disk_count - 1;
		if (!bench_measure(bench, &bench->cases[i], &round->runs[i]))
			r = watch_check(err);
	}
	if (r == 0 && count > 0)
		bench_reference_run(bench, &round->disks[round->disk_count++]);
	return r;
}

/* Their rivals are measured with them. */
static int run_pairs(const struct bench *bench, struct bench_round *round, size_t n,
		     struct dmaload_error *err)
{
	const size_t count = bench->pair_count;
	size_t step, i;
	int r = 0;

	for (step = 0; r == 0 && step < count; step++) {
		i = n % 2 == 0 ? step : count - 1 - step;
		show(bench, n, bench->case_count + step, bench->pairs[i].name);
		if (!bench_pair_measure(bench, &bench->pairs[i], &round->pairs[i]))
			r = watch_check(err);
	}
	return r;
}

static int round_run(const struct bench *bench, struct bench_round *round, size_t n,
		     struct dmaload_error *err)
{
	int r = run_cases(bench, round, n, err);

	if (r == 0)
		r = run_pairs(bench, round, n, err);
	hide(bench);
	return r == 0 ? watch_check(err) : r;
}

int bench_rounds(struct bench *bench, struct dmaload_error *err)
{
	struct bench_round *round;
	size_t n;
	int r = 0;

	bench->results = calloc(bench->rounds, sizeof(*bench->results));
	if (!bench->results)
		return explain(err, -ENOMEM, "no memory");
	for (n = 0; r == 0 && n < bench->rounds; n++) {
		round = &bench->results[n];
		r = round_init(bench, round);
		if (r < 0)
			explain(err, r, "no memory for %zu cases",
				bench->case_count + bench->pair_count);
		if (r == 0)
			r = round_run(bench, round, n, err);
		if (r == 0)
			bench->done++;
		else
			round_free(round);
	}
	return r;
}

void bench_rounds_free(struct bench *bench)
{
	size_t i;

	for (i = 0; i < bench->done; i++)
		round_free(&bench->results[i]);
	free(bench->results);
}

bool bench_round_marked(const struct bench *bench, size_t n, size_t i)
{
	const struct bench_round *round = &bench->results[n];
	const struct bench_disk *disk = &round->disks[round->before[i]];

	if (bench->cases[i].view == BENCH_WARM ||
	    bench->cases[i].what == BENCH_MEMCPY)
		return false;
	return disk[0].speed > disk[1].speed * (1 + TOLERANCE) ||
	       disk[1].speed > disk[0].speed * (1 + TOLERANCE);
}

double bench_round_reference(const struct bench_round *round, size_t i)
{
	const struct bench_disk *disk = &round->disks[round->before[i]];

	return disk[0].speed > 0 && disk[1].speed > 0 ?
	       (disk[0].speed + disk[1].speed) / 2 : 0;
}
