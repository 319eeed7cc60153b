/* SPDX-License-Identifier: MIT */
/* In place of bench_uring.c and bench_ring.c, if the program is built without
 * liburing. */
#include "bench_pairs.h"

#include <errno.h>

#include "bench.h"
#include "tool.h"

int bench_registering_try(struct dmaload_error *err)
{
	return explain(err, -ENOSYS, "built without liburing");
}

int bench_by_uring(struct bench_work *work)
{
	(void)work;
	return -ENOSYS;
}

int bench_ring_create(struct bench_ring **out, struct bench_pair_work *work,
		      struct dmaload_error *err)
{
	(void)out;
	(void)work;
	return explain(err, -ENOSYS, "built without liburing");
}

void bench_ring_destroy(struct bench_ring *ring)
{
	(void)ring;
}

int bench_ring_turn(struct bench_ring *ring, struct bench_tally *tally,
		    unsigned count, struct dmaload_error *err)
{
	(void)ring;
	(void)tally;
	(void)count;
	return explain(err, -ENOSYS, "built without liburing");
}
