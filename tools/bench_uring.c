/* SPDX-License-Identifier: MIT */
/*
 * The bound of direct: io_uring and nothing else, straight into the buffer, as fast as
 * the disk fills this memory. fio reads the same few MiB over and over, which stay in
 * caches; a load cannot.
 */
#include "bench.h"

#include <errno.h>
#include <liburing.h>

/* As the library has them. */
#define DEPTH DMALOAD_DEPTH_DEFAULT
#define PAGE ((uint64_t)4096)

/* The last read ends with a page: O_DIRECT wants blocks, and the mapping has it. */
static void ask(struct io_uring *ring, const struct bench_work *work, uint64_t *at)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	const uint64_t left = work->bench->length - *at;
	const uint64_t most = left < BENCH_BLOCK ?
			      (left + PAGE - 1) & ~(PAGE - 1) : BENCH_BLOCK;

	io_uring_prep_read(sqe, work->fd, (char *)dmaload_buffer_map(work->buffer) +
			   *at, (unsigned)most, *at);
	io_uring_sqe_set_data64(sqe, left < most ? left : most);
	*at += left < most ? left : most;
}

/* What is in flight writes to the buffer until it has been waited for. */
static int reap(struct io_uring *ring, uint64_t *done, unsigned *flying)
{
	struct io_uring_cqe *cqe;
	int r = 0;

	while (io_uring_peek_cqe(ring, &cqe) == 0) {
		if (cqe->res < 0)
			r = cqe->res;
		else if ((uint64_t)cqe->res < io_uring_cqe_get_data64(cqe))
			r = -ENODATA;
		else
			*done += io_uring_cqe_get_data64(cqe);
		io_uring_cqe_seen(ring, cqe);
		--*flying;
	}
	return r;
}

int bench_by_uring(struct bench_work *work)
{
	uint64_t at = 0, done = 0;
	struct io_uring ring;
	unsigned flying = 0;
	int r, n;

	r = io_uring_queue_init(DEPTH, &ring, 0);
	if (r < 0)
		return r;
	while (flying > 0 || (r == 0 && at < work->bench->length)) {
		for (; r == 0 && flying < DEPTH && at < work->bench->length;
		     flying++)
			ask(&ring, work, &at);
		n = io_uring_submit_and_wait(&ring, 1);
		if (n < 0 && n != -EINTR)
			return n;
		n = reap(&ring, &done, &flying);
		r = r < 0 ? r : n;
		bench_arrived(work, done);
	}
	io_uring_queue_exit(&ring);
	work->run->pinned = DEPTH * BENCH_BLOCK;
	return r;
}
