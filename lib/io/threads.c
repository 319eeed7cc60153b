/* SPDX-License-Identifier: MIT */
/*
 * For hosts that forbid io_uring: preadv2(2) and pwrite(2) by a few threads.
 *
 * A request is an element of an array, and moves from list to list: free,
 * queued, to be done, done, free. The caller owns the first two lists. The lock
 * protects the others, and is never held during I/O.
 *
 * A thread takes the next request without help. So the disk need not wait for
 * the caller, who may be copying.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>

#include "io/threads.h"
#include "sys/sys.h"
#include "sys/timespec.h"

/* No system call pins memory for later reads of a thread. */
static int threads_pin(struct ring *ring, void *memory, size_t length)
{
	(void)ring;
	(void)memory;
	(void)length;
	return -EOPNOTSUPP;
}

static void threads_unpin(struct ring *ring)
{
	(void)ring;
}

static int threads_check(struct ring *ring)
{
	(void)ring;
	return 0;
}

/* A child of fork() has none of the threads, and no fd. */
static void threads_disown(struct ring *ring)
{
	(void)ring;
}

static void threads_queue(struct ring *ring, const struct ring_request *request)
{
	struct work *work = list_pop(&threads_of(ring)->free);

	/* There are depth elements, and the caller queues no more. */
	assert(work);
	work->request = *request;
	list_put(&threads_of(ring)->queued, work);
}

/* Wait until ns on CLOCK_MONOTONIC, 0: without a limit. Return 0 or -ETIME. */
static int wait_here(struct threads *threads, uint64_t until)
{
	const struct timespec time = timespec_of(until);
	int r = 0;

	while (r == 0 && !threads->done.first && threads->unfinished > 0 &&
	       !threads->woken)
		r = until == 0 ?
		    pthread_cond_wait(&threads->ready, &threads->lock) :
		    pthread_cond_timedwait(&threads->ready, &threads->lock,
					   &time);
	threads->woken = false;
	return r == 0 ? 0 : -ETIME;
}

static int threads_submit(struct ring *ring, bool wait)
{
	struct threads *threads = threads_of(ring);
	struct work *work;

	pthread_mutex_lock(&threads->lock);
	while ((work = list_pop(&threads->queued))) {
		list_put(&threads->to_do, work);
		threads->unfinished++;
		ring->in_flight++;
		pthread_cond_signal(&threads->call);
	}
	while (threads->count < threads->max &&
	       threads->count < threads->unfinished)
		if (threads_start(threads) < 0)
			threads->max = threads->count;
	if (wait)
		wait_here(threads, 0);
	pthread_mutex_unlock(&threads->lock);
	return 0;
}

static int threads_wait(struct ring *ring, uint64_t until)
{
	struct threads *threads = threads_of(ring);
	int r;

	pthread_mutex_lock(&threads->lock);
	r = wait_here(threads, until);
	pthread_mutex_unlock(&threads->lock);
	return r;
}

static void threads_arm(struct ring *ring)
{
	(void)ring;
}

static void threads_wake(struct ring *ring)
{
	struct threads *threads = threads_of(ring);

	pthread_mutex_lock(&threads->lock);
	threads->woken = true;
	pthread_cond_signal(&threads->ready);
	pthread_mutex_unlock(&threads->lock);
}

static bool threads_reap(struct ring *ring, unsigned *tag, int *result)
{
	struct threads *threads = threads_of(ring);
	struct work *work;

	pthread_mutex_lock(&threads->lock);
	work = list_pop(&threads->done);
	pthread_mutex_unlock(&threads->lock);
	if (!work)
		return false;
	*tag = work->request.tag;
	*result = work->result;
	list_put(&threads->free, work);
	ring->in_flight--;
	return true;
}

const struct ring_ops ring_threads = {
	.create = threads_create,
	.destroy = threads_destroy,
	.pin = threads_pin,
	.unpin = threads_unpin,
	.check = threads_check,
	.disown = threads_disown,
	.queue = threads_queue,
	.submit = threads_submit,
	.wait = threads_wait,
	.arm = threads_arm,
	.wake = threads_wake,
	.reap = threads_reap,
};
