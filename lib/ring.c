/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

/* Linux 6.0 and 6.1; liburing 2.3 knows both. */
#define FAST_FLAGS (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)

struct ring {
	struct io_uring uring;
	unsigned queued;
	unsigned in_flight;
	bool has_buffers;
};

/*
 * DEFER_TASKRUN completes reads when we ask for them rather than by interrupting
 * the copy of another chunk. Older kernels answer EINVAL and go without.
 */
int ring_create(struct ring **out, unsigned depth)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	int r;

	if (!ring)
		return -ENOMEM;
	r = io_uring_queue_init(depth, &ring->uring, FAST_FLAGS);
	if (r == -EINVAL)
		r = io_uring_queue_init(depth, &ring->uring, 0);
	if (r < 0) {
		free(ring);
		return r;
	}
	*out = ring;
	return 0;
}

/*
 * The kernel frees a ring later, and until then the pool stays pinned and charged:
 * of loads that follow each other, each would pin it once more. So it is given
 * back before.
 */
void ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	assert(ring->in_flight == 0);
	if (ring->has_buffers)
		io_uring_unregister_buffers(&ring->uring);
	io_uring_queue_exit(&ring->uring);
	free(ring);
}

int ring_register(struct ring *ring, void *memory, size_t length)
{
	struct iovec iov = { .iov_base = memory, .iov_len = length };
	int r;

	if (ring->has_buffers)
		io_uring_unregister_buffers(&ring->uring);
	ring->has_buffers = false;
	r = io_uring_register_buffers(&ring->uring, &iov, 1);
	if (r < 0)
		return r;
	ring->has_buffers = true;
	return 0;
}

static void prepare(struct io_uring_sqe *sqe, const struct ring_request *request)
{
	const unsigned length = request->length;

	if (request->write && request->registered)
		io_uring_prep_write_fixed(sqe, request->fd, request->data,
					  length, request->offset, 0);
	else if (request->write)
		io_uring_prep_write(sqe, request->fd, request->data, length,
				    request->offset);
	else if (request->registered)
		io_uring_prep_read_fixed(sqe, request->fd, request->data, length,
					 request->offset, 0);
	else
		io_uring_prep_read(sqe, request->fd, request->data, length,
				   request->offset);
}

void ring_queue(struct ring *ring, const struct ring_request *request)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	/* The queue has depth entries and the caller keeps to it. */
	assert(sqe);
	prepare(sqe, request);
	sqe->user_data = request->tag;
	ring->queued++;
}

/* Without waiting, completions still have to be asked for: DEFER_TASKRUN posts
 * none by itself. */
int ring_submit(struct ring *ring, bool wait)
{
	int r = wait ? io_uring_submit_and_wait(&ring->uring, 1) :
		       io_uring_submit_and_get_events(&ring->uring);

	if (r < 0)
		return r;
	assert((unsigned)r <= ring->queued);
	ring->queued -= (unsigned)r;
	ring->in_flight += (unsigned)r;
	return 0;
}

int ring_wait(struct ring *ring)
{
	struct io_uring_cqe *cqe;

	return io_uring_wait_cqe(&ring->uring, &cqe);
}

bool ring_reap(struct ring *ring, unsigned *tag, int *result)
{
	struct io_uring_cqe *cqe;

	if (io_uring_peek_cqe(&ring->uring, &cqe) < 0)
		return false;
	*tag = (unsigned)cqe->user_data;
	*result = cqe->res;
	io_uring_cqe_seen(&ring->uring, cqe);
	ring->in_flight--;
	return true;
}

unsigned ring_in_flight(const struct ring *ring)
{
	return ring->in_flight;
}
