/* SPDX-License-Identifier: MIT */
#include "buffer/benchmark.h"

/* In units of the pool. LAP: the measured bytes of a lap, which begins with one
 * more. LONG: a load that is long enough to read 18 MiB of it the slower way,
 * 384 MiB. MANY: the sum of short loads, 96 MiB, of which at most a quarter is
 * then read the slower way. */
#define LAP 3u
#define LONG 64u
#define MANY 16u

/* A copy takes CPU time and memory bandwidth from others: this much speed is
 * worth avoiding it. */
#define GAIN_PERCENT 10u

void benchmark_enter(struct benchmark *benchmark, uint64_t disk, uint64_t bytes,
		     uint64_t pool)
{
	if (benchmark->disk != disk)
		*benchmark = (struct benchmark){ .disk = disk };
	if (benchmark->state == BENCHMARK_NONE &&
	    (bytes >= LONG * pool || benchmark->before >= MANY * pool))
		benchmark->state = BENCHMARK_RUNNING;
}

bool lap_count(struct lap *lap, uint64_t bytes, uint64_t now, uint64_t lead,
	       uint64_t enough)
{
	uint64_t counted;

	if (lap->rate > 0)
		return false;
	lap->arrived += bytes;
	if (lap->lead == 0) {
		if (lap->arrived >= lead) {
			lap->begun = now;
			lap->lead = lap->arrived;
		}
		return false;
	}
	counted = lap->arrived - lap->lead;
	if (counted < enough || now <= lap->begun)
		return false;
	lap->rate = (uint64_t)((double)counted * 1e9 /
			       (double)(now - lap->begun));
	return lap->rate > 0;
}

bool benchmark_count(struct benchmark *benchmark, uint64_t disk, enum way way,
		     uint64_t bytes, uint64_t now, uint64_t pool)
{
	if (benchmark->disk != disk)
		return false;
	if (benchmark->state == BENCHMARK_NONE && way == WAY_DIRECT)
		benchmark->before += bytes;
	if (benchmark->state != BENCHMARK_RUNNING || benchmark->way != way)
		return false;
	return lap_count(&benchmark->laps[way], bytes, now, pool, LAP * pool);
}

void benchmark_decide(struct benchmark *benchmark, enum way way)
{
	benchmark->state = BENCHMARK_DONE;
	benchmark->way = way;
}

void benchmark_next(struct benchmark *benchmark)
{
	const uint64_t direct = benchmark->laps[WAY_DIRECT].rate;
	const uint64_t bounced = benchmark->laps[WAY_BOUNCE].rate;

	if (benchmark->state != BENCHMARK_RUNNING || direct == 0)
		return;
	if (bounced == 0)
		benchmark->way = WAY_BOUNCE;
	else
		benchmark_decide(benchmark, bounced / (100 + GAIN_PERCENT) <
				     direct / 100 ? WAY_DIRECT : WAY_BOUNCE);
}
