/* SPDX-License-Identifier: MIT */
/*
 * io_uring and nothing else, beside bench_queued.c: O_DIRECT reads of the same
 * length, as many in flight, in random order too, into the same slots of the
 * same memory, which is registered. If the memory cannot be pinned, as with a
 * heap, the reads go into their own registered memory without a copy. They are
 * then as fast as the disk, and an upper bound.
 */
#include "bench_pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <liburing.h>

#include "bench.h"
#include "tool.h"

#define DEPTH_MAX 64

struct bench_ring {
	struct io_uring ring;
	struct bench_pair_work *work;
	struct bench_places *places;
	bool registered;
	/* Used if the buffer's memory cannot be pinned. */
	struct bench_places own_places;
	void *own;
	/* NULL: it does not count. */
	struct bench_tally *tally;
	/* Each read has a number; these are free. */
	uint64_t unused;
	size_t slots[DEPTH_MAX];
	uint64_t begun_ns[DEPTH_MAX];
	/* Not submitted yet; and submitted and not completed. */
	unsigned left;
	unsigned flying;
};

static int register_slots(struct bench_ring *ring, const struct bench_places *places)
{
	const struct iovec all = {
		.iov_base = places->memory, .iov_len = places->slots * places->bytes,
	};

	return io_uring_register_buffers(&ring->ring, &all, 1);
}

static int use_own_memory(struct bench_ring *ring)
{
	const struct bench_pair_work *work = ring->work;
	const size_t bytes = (size_t)work->depth * work->places.bytes;
	int r;

	ring->own = bench_own_memory(bytes);
	if (!ring->own)
		return -ENOMEM;
	r = bench_places_init(&ring->own_places, ring->own, bytes,
			      work->places.bytes, work->bench->length);
	ring->places = &ring->own_places;
	return r < 0 ? r : register_slots(ring, ring->places);
}

/* RLIMIT_MEMLOCK may refuse; then each read pins its memory, as the library's
 * reads do. */
static void choose_memory(struct bench_ring *ring, char *name, size_t size)
{
	int r = register_slots(ring, ring->places);
	const bool own = r == -EFAULT || r == -EOPNOTSUPP;

	if (own)
		r = use_own_memory(ring);
	ring->registered = r == 0;
	snprintf(name, size, "io_uring%s%s%s", own ? " into memory of its own" : "",
		 r < 0 ? ", not registered: " : "", r < 0 ? strerror(-r) : "");
}

int bench_ring_create(struct bench_ring **out, struct bench_pair_work *work,
		      struct dmaload_error *err)
{
	struct bench_ring *ring = calloc(1, sizeof(*ring));
	int r;

	if (!ring)
		return explain(err, -ENOMEM, "no memory");
	r = io_uring_queue_init(work->depth, &ring->ring, 0);
	if (r < 0) {
		free(ring);
		return explain(err, r, "io_uring: %s", strerror(-r));
	}
	ring->work = work;
	ring->places = &work->places;
	ring->unused = UINT64_MAX >> (DEPTH_MAX - work->depth);
	choose_memory(ring, work->run->rival_name, sizeof(work->run->rival_name));
	*out = ring;
	return 0;
}

void bench_ring_destroy(struct bench_ring *ring)
{
	if (!ring)
		return;
	io_uring_queue_exit(&ring->ring);
	bench_places_finish(&ring->own_places);
	free(ring->own);
	free(ring);
}

static void ask(struct bench_ring *ring)
{
	const struct bench_places *places = ring->places;
	const unsigned number = (unsigned)__builtin_ctzll(ring->unused);
	const size_t slot = bench_place_hold(ring->places);
	struct io_uring_sqe *sqe;

	ring->begun_ns[number] = now_ns();
	ring->slots[number] = slot;
	ring->unused &= ~((uint64_t)1 << number);
	sqe = io_uring_get_sqe(&ring->ring);
	if (ring->registered)
		io_uring_prep_read_fixed(sqe, ring->work->fd,
					 places->memory + slot * places->bytes,
					 places->bytes, places->offsets[slot], 0);
	else
		io_uring_prep_read(sqe, ring->work->fd,
				   places->memory + slot * places->bytes,
				   places->bytes, places->offsets[slot]);
	sqe->user_data = number;
	ring->left--;
	ring->flying++;
}

static int reap(struct bench_ring *ring)
{
	struct io_uring_cqe *cqe;
	unsigned number;
	int r = 0;

	while (io_uring_peek_cqe(&ring->ring, &cqe) == 0) {
		number = (unsigned)cqe->user_data;
		if (cqe->res != (int)ring->places->bytes)
			r = cqe->res < 0 ? cqe->res : -ENODATA;
		if (ring->tally)
			bench_tally_add(ring->tally,
					now_ns() - ring->begun_ns[number]);
		io_uring_cqe_seen(&ring->ring, cqe);
		bench_place_release(ring->places, ring->slots[number]);
		ring->unused |= (uint64_t)1 << number;
		ring->flying--;
	}
	return r;
}

/* Reads in flight write to the memory, so wait for them. */
static int run(struct bench_ring *ring)
{
	int r = 0, n;

	while (ring->flying > 0 || (r == 0 && ring->left > 0)) {
		while (r == 0 && ring->left > 0 && ring->unused)
			ask(ring);
		n = io_uring_submit_and_wait(&ring->ring, 1);
		if (n < 0 && n != -EINTR)
			return n;
		n = reap(ring);
		r = r < 0 ? r : n;
	}
	return r;
}

int bench_ring_turn(struct bench_ring *ring, struct bench_tally *tally,
		    unsigned count, struct dmaload_error *err)
{
	struct dmaload_buffer *const buffer = ring->own ? NULL : ring->work->buffer;
	int r = 0;

	if (buffer)
		r = dmaload_buffer_begin(buffer, DMALOAD_ACCESS_WRITE, err);
	if (r < 0)
		return r;
	ring->tally = tally;
	ring->left = count;
	r = run(ring);
	if (r < 0)
		explain(err, r, "io_uring: %s", strerror(-r));
	if (buffer && dmaload_buffer_end(buffer, DMALOAD_ACCESS_WRITE,
					 r < 0 ? NULL : err) < 0 && r == 0)
		r = err->code;
	return r;
}
