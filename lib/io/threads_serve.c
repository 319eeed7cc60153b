/* SPDX-License-Identifier: MIT */
/* The threads themselves. */
#include "io/threads.h"

#include <errno.h>
#include <stdlib.h>

#include "common/thread.h"
#include "sys/sys.h"

/* A system call needs little stack. The default is RLIMIT_STACK, 8 MiB, which
 * counts against a limit of address space, and is locked under mlockall(). */
#define STACK_BYTES ((size_t)256 << 10)

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
		work = list_pop(&threads->to_do);
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

int threads_start(struct threads *threads)
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
	/* Large thread-local variables of the program need a larger stack. */
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

void threads_destroy(struct ring *ring)
{
	struct threads *threads = threads_of(ring);
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

/* One thread is enough to continue. It is started now, to be sure that there is
 * one. */
int threads_create(struct ring **out, unsigned depth)
{
	struct threads *threads;
	unsigned i;
	int r;

	threads = calloc(1, sizeof(*threads) + depth * sizeof(struct work));
	if (!threads)
		return -ENOMEM;
	threads->ring.ops = &ring_threads;
	threads->max = depth < THREADS_MAX ? depth : THREADS_MAX;
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
	r = threads_start(threads);
	if (r < 0) {
		threads_destroy(&threads->ring);
		return r;
	}
	*out = &threads->ring;
	return 0;
}
