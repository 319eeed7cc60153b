/* SPDX-License-Identifier: MIT */
/*
 * Several loads in flight by one context: jobs without handles, whose ends come
 * by one events object. When one ends, the next takes its place. The latency of
 * a load lasts from its submission until its end is noticed.
 */
#include "bench_pairs.h"

#include "bench.h"
#include "tool.h"

#define DEPTH_MAX 64

struct queue {
	struct bench_pair_work *work;
	struct dmaload_events *events;
	/* NULL: it does not count. */
	struct bench_tally *tally;
	struct flight {
		uint64_t begun_ns;
		size_t slot;
	} flights[DEPTH_MAX];
	/* Not submitted yet; and submitted and not ended. */
	unsigned left;
	unsigned flying;
};

static int submit(struct queue *queue, unsigned i, struct dmaload_error *err)
{
	struct bench_pair_work *work = queue->work;
	struct dmaload_options options = work->options;
	struct flight *flight = &queue->flights[i];
	struct dmaload_range range;
	int r;

	options.events = queue->events;
	options.user_data = i;
	flight->slot = bench_place_hold(&work->places);
	range = (struct dmaload_range){
		.file = work->file,
		.file_offset = work->places.offsets[flight->slot],
		.buffer = work->buffer,
		.buffer_offset = (uint64_t)flight->slot * work->places.bytes,
		.length = work->places.bytes,
	};
	flight->begun_ns = now_ns();
	r = dmaload_submit(NULL, work->ctx, DMALOAD_LOAD, &range, 1, &options,
			   err);
	if (r < 0)
		return r;
	queue->left--;
	queue->flying++;
	return 0;
}

/* Wait for the end of a load, which is number *i. */
static int collect(struct queue *queue, unsigned *i, struct dmaload_error *err)
{
	struct dmaload_event event = DMALOAD_EVENT_INIT;
	struct flight *flight;
	int r;

	r = dmaload_events_next(queue->events, DMALOAD_FOREVER, &event,
				queue->tally ? NULL : &queue->work->run->report,
				err);
	if (r < 0)
		return r;
	*i = (unsigned)event.user_data;
	flight = &queue->flights[*i];
	queue->flying--;
	bench_place_release(&queue->work->places, flight->slot);
	if (event.result < 0)
		*err = event.error;
	else if (queue->tally)
		bench_tally_add(queue->tally, now_ns() - flight->begun_ns);
	return event.result;
}

static int turn(struct bench_pair_work *work, struct bench_tally *tally,
		unsigned count, struct dmaload_error *err)
{
	struct queue queue = { .work = work, .tally = tally, .left = count };
	unsigned i;
	int r;

	r = dmaload_events_create(&queue.events, work->ctx, err);
	if (r < 0)
		return r;
	if (tally)
		bench_tally_begin(tally);
	for (i = 0; r == 0 && i < work->depth && queue.left > 0; i++)
		r = submit(&queue, i, err);
	while (r == 0 && queue.flying > 0) {
		r = collect(&queue, &i, err);
		if (r == 0 && queue.left > 0)
			r = submit(&queue, i, err);
	}
	if (tally)
		bench_tally_end(tally);
	/* After a failure, discard the loads that are left. */
	dmaload_events_destroy(queue.events);
	return r;
}

static int rival_turn(struct bench_pair_work *work, struct bench_ring *ring,
		      struct dmaload_error *err)
{
	int r;

	bench_tally_begin(&work->rival);
	r = bench_ring_turn(ring, &work->rival, work->batch, err);
	bench_tally_end(&work->rival);
	return r;
}

static int turns(struct bench_pair_work *work, struct bench_ring *ring,
		 struct dmaload_error *err)
{
	unsigned done;
	int r;

	/* The first loads also make the pool, the ring and the thread. */
	r = turn(work, NULL, work->depth, err);
	if (r == 0 && ring)
		r = bench_ring_turn(ring, NULL, work->depth, err);
	for (done = 0; r == 0 && done < work->loads;
	     done += work->batch) {
		r = turn(work, &work->own, work->batch, err);
		if (r == 0 && ring)
			r = rival_turn(work, ring, err);
	}
	return r;
}

int bench_queued(struct bench_pair_work *work, struct dmaload_error *err)
{
	struct bench_ring *ring = NULL;
	int r = 0;

	if (work->pair->kind->beside == BENCH_BESIDE_URING)
		r = bench_ring_create(&ring, work, err);
	if (r == 0)
		r = turns(work, ring, err);
	bench_ring_destroy(ring);
	return r;
}
