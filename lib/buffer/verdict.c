/* SPDX-License-Identifier: MIT */
#include "buffer/verdict.h"

/* In pools: the bytes of a lap that are measured, which has one more to begin with; the
 * load that is long enough not to mind 18 MiB of it being slow, 384 MiB; and as much of
 * short ones, 96 MiB: a quarter of them at most is then read the slower way. */
#define LAP 3u
#define LONG 64u
#define MANY 16u

/* A copy is work, and takes memory bandwidth from others: worth this much speed. */
#define GAIN_PERCENT 10u

void verdict_enter(struct verdict *verdict, uint64_t disk, uint64_t bytes,
		   uint64_t pool)
{
	if (verdict->disk != disk)
		*verdict = (struct verdict){ .disk = disk };
	if (verdict->state == VERDICT_NONE &&
	    (bytes >= LONG * pool || verdict->before >= MANY * pool))
		verdict->state = VERDICT_TRIAL;
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

bool verdict_count(struct verdict *verdict, uint64_t disk, enum way way,
		   uint64_t bytes, uint64_t now, uint64_t pool)
{
	if (verdict->disk != disk)
		return false;
	if (verdict->state == VERDICT_NONE && way == WAY_DIRECT)
		verdict->before += bytes;
	if (verdict->state != VERDICT_TRIAL || verdict->way != way)
		return false;
	return lap_count(&verdict->laps[way], bytes, now, pool, LAP * pool);
}

void verdict_end(struct verdict *verdict, enum way way)
{
	verdict->state = VERDICT_KNOWN;
	verdict->way = way;
}

void verdict_next(struct verdict *verdict)
{
	const uint64_t direct = verdict->laps[WAY_DIRECT].rate;
	const uint64_t bounced = verdict->laps[WAY_BOUNCE].rate;

	if (verdict->state != VERDICT_TRIAL || direct == 0)
		return;
	if (bounced == 0)
		verdict->way = WAY_BOUNCE;
	else
		verdict_end(verdict, bounced / (100 + GAIN_PERCENT) <
				     direct / 100 ? WAY_DIRECT : WAY_BOUNCE);
}
