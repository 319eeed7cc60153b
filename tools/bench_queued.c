/* SPDX-License-Identifier: MIT */
/*
 * Several loads in flight by one context: jobs, whose fds poll(2) waits for. When one ends,
 * the next takes its place. The latency of a load is from its submission until its end is
 * noticed.
 */
#include "bench_pairs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "bench.h"
#include "tool.h"

#define DEPTH_MAX 64

struct queue {
	struct bench_pair_work *work;
	/* NULL: it does not count. */
	struct bench_tally *tally;
	struct flight {
		struct dmaload_job *job;
		uint64_t begun_ns;
		size_t slot;
	} flights[DEPTH_MAX];
	/* The fd of each flight; -1: there is none. */
	struct pollfd ready[DEPTH_MAX];
	/* Not submitted yet, and submitted and not ended. */
	unsigned left;
	unsigned flying;
};

static int submit(struct queue *queue, unsigned i, struct dmaload_error *err)
{
	struct bench_pair_work *work = queue->work;
	struct flight *flight = &queue->flights[i];
	struct dmaload_range range;
	int r;

	flight->slot = bench_place_hold(&work->places);
	range = (struct dmaload_range){
		.file = work->file,
		.file_offset = work->places.offsets[flight->slot],
		.buffer = work->buffer,
		.buffer_offset = (uint64_t)flight->slot * work->places.bytes,
		.length = work->places.bytes,
	};
	flight->begun_ns = now_ns();
	r = dmaload_submit(&flight->job, work->ctx, DMALOAD_LOAD, &range, 1,
			   &work->options, err);
	if (r < 0)
		return r;
	queue->left--;
	queue->flying++;
	queue->ready[i].fd = dmaload_job_fd(flight->job, err);
	return queue->ready[i].fd < 0 ? queue->ready[i].fd : 0;
}

/* The fd also announces a range of a job that has not ended: -EINPROGRESS. */
static int collect(struct queue *queue, unsigned i, struct dmaload_error *err)
{
	struct flight *flight = &queue->flights[i];
	int r;

	r = dmaload_job_wait(flight->job, 0,
			     queue->tally ? NULL : &queue->work->run->report, err);
	if (r < 0)
		return r;
	if (queue->tally)
		bench_tally_add(queue->tally, now_ns() - flight->begun_ns);
	dmaload_job_destroy(flight->job);
	flight->job = NULL;
	queue->ready[i].fd = -1;
	queue->flying--;
	bench_place_release(&queue->work->places, flight->slot);
	return 0;
}

static int wait_and_replace(struct queue *queue, struct dmaload_error *err)
{
	const unsigned depth = queue->work->depth;
	unsigned i;
	int r = 0;

	if (poll(queue->ready, depth, -1) < 0 && errno != EINTR)
		return explain(err, -errno, "poll: %s", strerror(errno));
	for (i = 0; r == 0 && i < depth; i++) {
		if (!(queue->ready[i].revents & POLLIN))
			continue;
		r = collect(queue, i, err);
		if (r == 0 && queue->left > 0)
			r = submit(queue, i, err);
		if (r == -EINPROGRESS)
			r = 0;
	}
	return r;
}

static int turn(struct bench_pair_work *work, struct bench_tally *tally,
		unsigned count, struct dmaload_error *err)
{
	struct queue queue = { .work = work, .tally = tally, .left = count };
	unsigned i;
	int r = 0;

	for (i = 0; i < DEPTH_MAX; i++)
		queue.ready[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (tally)
		bench_tally_begin(tally);
	for (i = 0; r == 0 && i < work->depth && queue.left > 0; i++)
		r = submit(&queue, i, err);
	while (r == 0 && queue.flying > 0)
		r = wait_and_replace(&queue, err);
	if (tally)
		bench_tally_end(tally);
	/* After a failure, those that are left. */
	for (i = 0; i < DEPTH_MAX; i++)
		dmaload_job_destroy(queue.flights[i].job);
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
