/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/ring_ops.h"
#include "sys/sys.h"
#include "sys/timespec.h"

/* The tag of the poll that wakes a ring; slots have small tags. */
#define WAKE_TAG UINT64_MAX

/* Versions of liburing before 2.2 do not know them. */
#ifndef IORING_SETUP_COOP_TASKRUN
#define IORING_SETUP_COOP_TASKRUN (1u << 8)
#define IORING_SETUP_TASKRUN_FLAG (1u << 9)
#endif

/* Linux 5.19: reads complete when the thread enters the kernel, and do not
 * interrupt a copy. SINGLE_ISSUER and DEFER_TASKRUN would tie a ring to one
 * thread, and are not faster (15 rounds). */
#define FAST_FLAGS (IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG)

struct uring {
	struct ring ring;
	struct io_uring uring;
	unsigned queued;
	bool has_buffers;
	/* An eventfd, or -1; whether it is being polled; and the number of that
	 * poll among the queued requests, 0: it was submitted. A read of it
	 * instead would let the kernel write to memory after the ring was
	 * closed. */
	int wake_fd;
	bool armed;
	unsigned wake_at;
};

static struct uring *uring_of(struct ring *ring)
{
	return (struct uring *)ring;
}

/* Enter the kernel only to have completions posted. */
static int enter(struct io_uring *uring)
{
	return syscall(SYS_io_uring_enter, uring->ring_fd, 0, 0,
		       IORING_ENTER_GETEVENTS, NULL, 0) < 0 ? -errno : 0;
}

/*
 * A seccomp filter may permit the set-up and forbid entering, or come later.
 * Such a refusal would end a load that could be done another way. So enter once
 * with nothing to do.
 */
static int try_to_enter(struct io_uring *uring)
{
	const int r = enter(uring);

	/* A signal shows that entering is allowed. */
	return r < 0 && r != -EINTR ? r : 0;
}

static int set_up(struct io_uring *uring, unsigned depth)
{
	int r;

	r = io_uring_queue_init(depth, uring, FAST_FLAGS);
	if (r == -EINVAL)
		r = io_uring_queue_init(depth, uring, 0);
	if (r < 0)
		return r;
	r = try_to_enter(uring);
	if (r == 0)
		r = io_uring_ring_dontfork(uring);
	if (r < 0)
		io_uring_queue_exit(uring);
	return r;
}

static int uring_create(struct ring **out, unsigned depth)
{
	struct uring *uring = calloc(1, sizeof(*uring));
	int r;

	if (!uring)
		return -ENOMEM;
	uring->ring.ops = &ring_uring;
	uring->wake_fd = -1;
	/* One more entry, for the poll that wakes it. */
	r = set_up(&uring->uring, depth + 1);
	if (r < 0) {
		free(uring);
		return r;
	}
	*out = &uring->ring;
	return 0;
}

static void uring_unpin(struct ring *ring)
{
	if (uring_of(ring)->has_buffers)
		io_uring_unregister_buffers(&uring_of(ring)->uring);
	uring_of(ring)->has_buffers = false;
}

static void uring_destroy(struct ring *ring)
{
	io_uring_queue_exit(&uring_of(ring)->uring);
	if (uring_of(ring)->wake_fd >= 0)
		sys_close(uring_of(ring)->wake_fd);
	free(uring_of(ring));
}

static int uring_check(struct ring *ring)
{
	return try_to_enter(&uring_of(ring)->uring);
}

/* The child has its own copy of the fd, and no mapping. A child of vfork(2)
 * shares the parent's memory, which the parent still needs. */
static void uring_disown(struct ring *ring)
{
	close(uring_of(ring)->uring.ring_fd);
	if (uring_of(ring)->wake_fd >= 0)
		close(uring_of(ring)->wake_fd);
}

static int uring_pin(struct ring *ring, void *memory, size_t length)
{
	struct iovec iov = { .iov_base = memory, .iov_len = length };
	struct uring *uring = uring_of(ring);
	int r;

	uring_unpin(ring);
	r = io_uring_register_buffers(&uring->uring, &iov, 1);
	if (r < 0)
		return r;
	uring->has_buffers = true;
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

static void uring_queue(struct ring *ring, const struct ring_request *request)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring_of(ring)->uring);

	/* The queue has depth entries, and the caller queues no more. */
	assert(sqe);
	prepare(sqe, request);
	sqe->user_data = request->tag;
	uring_of(ring)->queued++;
}

/* Enter the kernel even without waiting: with COOP_TASKRUN, completions are not
 * posted while the thread copies. */
static int submit_and_enter(struct io_uring *uring)
{
#ifdef HAVE_SUBMIT_AND_GET_EVENTS
	return io_uring_submit_and_get_events(uring);
#else
	const int submitted = io_uring_submit(uring);
	int r;

	if (submitted < 0)
		return submitted;
	r = enter(uring);
	/* The submitted requests must be counted. */
	return r < 0 && submitted == 0 ? r : submitted;
#endif
}

static int uring_submit(struct ring *ring, bool wait)
{
	struct uring *uring = uring_of(ring);
	int r = wait ? io_uring_submit_and_wait(&uring->uring, 1) :
		       submit_and_enter(&uring->uring);

	if (r < 0)
		return r;
	assert((unsigned)r <= uring->queued);
	uring->queued -= (unsigned)r;
	ring->in_flight += (unsigned)r;
	/* The poll that wakes it is not counted. */
	if (uring->wake_at > 0 && (unsigned)r >= uring->wake_at) {
		uring->wake_at = 0;
		ring->in_flight--;
	} else if (uring->wake_at > 0) {
		uring->wake_at -= (unsigned)r;
	}
	return 0;
}

static int uring_wait(struct ring *ring, uint64_t until)
{
	const uint64_t now = until == 0 ? 0 : sys_now();
	const struct timespec left = timespec_of(until > now ? until - now : 0);
	struct __kernel_timespec time = {
		.tv_sec = left.tv_sec, .tv_nsec = left.tv_nsec,
	};
	struct io_uring_cqe *cqe;

	/* Before Linux 5.11 a time limit would be a request. */
	if (until == 0 ||
	    !(uring_of(ring)->uring.features & IORING_FEAT_EXT_ARG))
		return io_uring_wait_cqe(&uring_of(ring)->uring, &cqe);
	return io_uring_wait_cqe_timeout(&uring_of(ring)->uring, &cqe, &time);
}

/* Without an fd, the next completion wakes it. */
static void uring_arm(struct ring *ring)
{
	struct uring *uring = uring_of(ring);
	struct io_uring_sqe *sqe;

	if (uring->armed)
		return;
	if (uring->wake_fd < 0)
		uring->wake_fd = sys_event();
	if (uring->wake_fd < 0)
		return;
	sqe = io_uring_get_sqe(&uring->uring);
	if (!sqe)
		return;
	io_uring_prep_poll_add(sqe, uring->wake_fd, POLLIN);
	sqe->user_data = WAKE_TAG;
	uring->queued++;
	uring->wake_at = uring->queued;
	uring->armed = true;
}

static void uring_wake(struct ring *ring)
{
	if (uring_of(ring)->wake_fd >= 0)
		sys_event_raise(uring_of(ring)->wake_fd);
}

/* The poll that wakes it belongs to no load. */
static bool next_cqe(struct uring *uring, struct io_uring_cqe **cqe)
{
	while (io_uring_peek_cqe(&uring->uring, cqe) == 0) {
		if ((*cqe)->user_data != WAKE_TAG)
			return true;
		uring->armed = false;
		sys_event_lower(uring->wake_fd);
		io_uring_cqe_seen(&uring->uring, *cqe);
	}
	return false;
}

static bool uring_reap(struct ring *ring, unsigned *tag, int *result)
{
	struct io_uring_cqe *cqe;

	if (!next_cqe(uring_of(ring), &cqe))
		return false;
	*tag = (unsigned)cqe->user_data;
	*result = cqe->res;
	io_uring_cqe_seen(&uring_of(ring)->uring, cqe);
	ring->in_flight--;
	return true;
}

const struct ring_ops ring_uring = {
	.create = uring_create,
	.destroy = uring_destroy,
	.pin = uring_pin,
	.unpin = uring_unpin,
	.check = uring_check,
	.disown = uring_disown,
	.queue = uring_queue,
	.submit = uring_submit,
	.wait = uring_wait,
	.arm = uring_arm,
	.wake = uring_wake,
	.reap = uring_reap,
};
