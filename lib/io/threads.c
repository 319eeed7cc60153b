/* SPDX-License-Identifier: MIT */
/*
 * For hosts that refuse io_uring: preadv2(2) and pwrite(2) by a few threads.
 *
 * A request is a place in an array, and goes from list to list: free, queued, to
 * be done, done, free. The first two are the caller's own, the others lie under the
 * lock, which is never held during I/O. A thread takes what is next by itself, so
 * that the disk does not wait until the caller, who may be copying, looks up.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/thread.h"
#include "io/ring_ops.h"
#include "sys/sys.h"
#include "sys/timespec.h"

/*
 * Measured against io_uring, with 8 requests of 1 MiB in flight, on two busy cores; the
 * medians of two or three times 25 to 31 interleaved rounds, as parts of its speed:
 *
 *	threads   in place           bounced
 *	2         0.88, 1.13         1.14, 1.70
 *	4         1.02, 1.31, 0.98   1.27, 1.81, 1.72
 *	6         1.06, 1.37, 1.02   1.48, 1.94, 1.49
 *	8         0.97, 1.28, 1.03   1.17, 1.36, 1.44
 *
 * and on the same cores when others left them alone, four: 0.96 and 1.12.
 *
 * Two leave the disk without work. Six have no clear gain over four. Eight lose what
 * four win: nothing is left over for a thread that is done with one, so that the disk
 * waits until the pump has copied and has got the CPU.
 */
#define THREADS_MAX 4u

/* A system call needs little of it. By default it is RLIMIT_STACK, 8 MiB, which
 * counts where address space is limited, and is locked under mlockall(). */
#define STACK_BYTES ((size_t)256 << 10)

struct work {
	struct work *next;
	struct ring_request request;
	int result;
};

struct list {
	struct work *first;
	struct work **end;
};

struct threads {
	struct ring ring;
	struct list free;
	struct list queued;

	pthread_mutex_t lock;
	/* There is something to be done, or never will be. */
	pthread_cond_t call;
	/* Something is done. */
	pthread_cond_t ready;
	struct list to_do;
	struct list done;
	/* Requests to be done, and being done. */
	unsigned unfinished;
	bool closing;
	/* A waiting thread is not to wait any longer. */
	bool woken;

	/* Started as they are needed; most is less where the kernel has refused
	 * one. */
	unsigned count;
	unsigned most;
	pthread_t threads[THREADS_MAX];
	struct work works[];
};

static struct threads *own(struct ring *ring)
{
	return (struct threads *)ring;
}

static void list_init(struct list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void list_put(struct list *list, struct work *work)
{
	work->next = NULL;
	*list->end = work;
	list->end = &work->next;
}

static struct work *list_take(struct list *list)
{
	struct work *work = list->first;

	if (!work)
		return NULL;
	list->first = work->next;
	if (!list->first)
		list->end = &list->first;
	return work;
}

static int perform(const struct ring_request *request)
{
	if (request->write)
		return (int)sys_write_at(request->fd, request->data,
					 request->length, request->offset);
	return (int)sys_read_at(request->fd, request->data, request->length,
				request->offset, 0);
}

static void *serve(void *arg)
{
	struct threads *threads = arg;
	struct work *work;

	pthread_mutex_lock(&threads->lock);
	while (!threads->closing) {
		work = list_take(&threads->to_do);
		if (!work) {
			pthread_cond_wait(&threads->call, &threads->lock);
			continue;
		}
		pthread_mutex_unlock(&threads->lock);
		work->result = perform(&work->request);
		pthread_mutex_lock(&threads->lock);
		list_put(&threads->done, work);
		threads->unfinished--;
		pthread_cond_signal(&threads->ready);
	}
	pthread_mutex_unlock(&threads->lock);
	return NULL;
}

static int start(struct threads *threads)
{
	pthread_t *thread = &threads->threads[threads->count];
	pthread_attr_t attributes;
	int r;

	r = pthread_attr_init(&attributes);
	if (r != 0)
		return -r;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	r = thread_start(thread, &attributes, serve, threads);
	pthread_attr_destroy(&attributes);
	/* A program with large thread-local variables has no room for them there. */
	if (r == -EINVAL)
		r = thread_start(thread, NULL, serve, threads);
	if (r == 0)
		threads->count++;
	return r;
}

static int init_locks(struct threads *threads)
{
	if (pthread_mutex_init(&threads->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_cond_init(&threads->call, NULL) != 0)
		goto no_call;
	if (condition_init(&threads->ready) != 0)
		goto no_ready;
	return 0;
no_ready:
	pthread_cond_destroy(&threads->call);
no_call:
	pthread_mutex_destroy(&threads->lock);
	return -ENOMEM;
}

static void threads_destroy(struct ring *ring)
{
	struct threads *threads = own(ring);
	unsigned i;

	pthread_mutex_lock(&threads->lock);
	threads->closing = true;
	pthread_cond_broadcast(&threads->call);
	pthread_mutex_unlock(&threads->lock);
	for (i = 0; i < threads->count; i++)
		pthread_join(threads->threads[i], NULL);
	pthread_cond_destroy(&threads->ready);
	pthread_cond_destroy(&threads->call);
	pthread_mutex_destroy(&threads->lock);
	free(threads);
}

/* One thread is enough to go on, and is started now to know that there is one. */
static int threads_create(struct ring **out, unsigned depth)
{
	struct threads *threads;
	unsigned i;
	int r;

	threads = calloc(1, sizeof(*threads) + depth * sizeof(struct work));
	if (!threads)
		return -ENOMEM;
	threads->ring.ops = &ring_threads;
	threads->most = depth < THREADS_MAX ? depth : THREADS_MAX;
	list_init(&threads->free);
	list_init(&threads->queued);
	list_init(&threads->to_do);
	list_init(&threads->done);
	for (i = 0; i < depth; i++)
		list_put(&threads->free, &threads->works[i]);
	r = init_locks(threads);
	if (r < 0) {
		free(threads);
		return r;
	}
	r = start(threads);
	if (r < 0) {
		threads_destroy(&threads->ring);
		return r;
	}
	*out = &threads->ring;
	return 0;
}

/* No call of the kernel pins memory for the reads of a thread that are to come. */
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

/* The child has none of the threads, and no fd. */
static void threads_disown(struct ring *ring)
{
	(void)ring;
}

static void threads_queue(struct ring *ring, const struct ring_request *request)
{
	struct work *work = list_take(&own(ring)->free);

	/* There are depth places and the caller keeps to it. */
	assert(work);
	work->request = *request;
	list_put(&own(ring)->queued, work);
}

/* Until ns on CLOCK_MONOTONIC, 0: for ever. 0 or -ETIME. */
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
	struct threads *threads = own(ring);
	struct work *work;

	pthread_mutex_lock(&threads->lock);
	while ((work = list_take(&threads->queued))) {
		list_put(&threads->to_do, work);
		threads->unfinished++;
		ring->in_flight++;
		pthread_cond_signal(&threads->call);
	}
	while (threads->count < threads->most &&
	       threads->count < threads->unfinished)
		if (start(threads) < 0)
			threads->most = threads->count;
	if (wait)
		wait_here(threads, 0);
	pthread_mutex_unlock(&threads->lock);
	return 0;
}

static int threads_wait(struct ring *ring, uint64_t until)
{
	struct threads *threads = own(ring);
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
	struct threads *threads = own(ring);

	pthread_mutex_lock(&threads->lock);
	threads->woken = true;
	pthread_cond_signal(&threads->ready);
	pthread_mutex_unlock(&threads->lock);
}

static bool threads_reap(struct ring *ring, unsigned *tag, int *result)
{
	struct threads *threads = own(ring);
	struct work *work;

	pthread_mutex_lock(&threads->lock);
	work = list_take(&threads->done);
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
