/* SPDX-License-Identifier: MIT */
#include "bench_pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "tool.h"

/* Return the CPU time as getrusage(2) counts it, user and system together, but
 * in ns: a load of 4 KiB takes few microseconds. */
static uint64_t cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int bench_tally_init(struct bench_tally *tally, size_t room)
{
	*tally = (struct bench_tally){
		.ns = calloc(room, sizeof(*tally->ns)),
		.room = room,
	};
	return tally->ns ? 0 : -ENOMEM;
}

void bench_tally_finish(struct bench_tally *tally)
{
	free(tally->ns);
}

void bench_tally_begin(struct bench_tally *tally)
{
	tally->begun_cpu_ns = cpu_ns();
	tally->begun_ns = now_ns();
}

void bench_tally_end(struct bench_tally *tally)
{
	tally->busy_ns += now_ns() - tally->begun_ns;
	tally->cpu_ns += cpu_ns() - tally->begun_cpu_ns;
}

void bench_tally_add(struct bench_tally *tally, uint64_t ns)
{
	if (tally->count < tally->room)
		tally->ns[tally->count++] = ns;
}

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void bench_tally_evaluate(struct bench_tally *tally, uint32_t bytes,
			  struct bench_side *side)
{
	const size_t n = tally->count;

	side->loads = n;
	if (n == 0)
		return;
	qsort(tally->ns, n, sizeof(*tally->ns), compare);
	side->figures[BENCH_LATENCY] =
		(double)(tally->ns[(n - 1) / 2] + tally->ns[n / 2]) / 2 / 1e9;
	side->figures[BENCH_P99] = (double)tally->ns[(n * 99 + 99) / 100 - 1] / 1e9;
	side->figures[BENCH_CPU] = (double)tally->cpu_ns / (double)n / 1e9;
	if (tally->busy_ns > 0)
		side->figures[BENCH_SPEED] = (double)n * bytes /
					     ((double)tally->busy_ns / 1e9);
}
