/* SPDX-License-Identifier: MIT */
/*
 * To populate a buffer and to make a udmabuf of it may take as long as the disk
 * takes to fill it, and neither needs the other to be finished. So it is done
 * here while a load reads: the thread runs ahead of the reads, slice by slice,
 * and a read that has caught up with it waits. Two threads that fault the same
 * pages contend on every page: 1 GiB of base pages was loaded in 0.86 s so, for
 * 2.1 CPU seconds, and by waiting in 0.75, for 1.6. A read elsewhere has its
 * pages faulted in by the kernel, as it pins them. The dma-buf, if it is to be
 * one, comes last, when all pages are there, and so costs no more than to
 * collect them.
 *
 * Nobody can be attached to a dma-buf that does not exist. So a load needs no SYNC
 * before, and its end waits for the thread (load.c).
 *
 * If there are several buffers, each has a thread, which waits until the one
 * before is made: the buffer that is read first is made first, and the
 * processors are left to the load. They do not open the device before, which
 * would take an fd each. So a maker lives as long as its buffer or, if that is
 * longer, until the next one has waited for it.
 *
 * The thread takes no lock but to wait for another and to tell how far it is,
 * and writes its results before it is done; the first caller that waits joins
 * it, and the others wait for that one. A child of fork() has no such thread:
 * it is told so, unless the thread was done before.
 */
#include "buffer/maker.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "buffer/pages.h"
#include "buffer/source.h"
#include "sys/error.h"
#include "sys/sys.h"

/* Populating blocks a thread that maps something meanwhile, as a load does when
 * it begins, and destroying the buffer waits for one of these. */
#define SLICE ((uint64_t)2 << 20)
/* A read that is this close to the thread waits for it. */
#define CLOSE ((uint64_t)16 << 20)

struct maker {
	struct dmaload_buffer *buffer;
	int device;
	uint64_t process;
	/* The maker whose turn is before, until somebody has waited for it. */
	struct maker *after;
	/* The buffer, and the one whose turn is next. */
	atomic_uint refs;

	/* Over the thread, which can be joined once; whether it was may be read without. */
	pthread_mutex_t lock;
	pthread_t thread;
	atomic_bool joined;

	atomic_bool stop;
	/* The pages up to here are there; and whoever waits for more is told. */
	_Atomic uint64_t populated;
	pthread_mutex_t more;
	pthread_cond_t grown;
	/* It populates: its turn has come, and the end has not. */
	atomic_bool populating;
	atomic_bool done;
	/* Valid when done; code is 0 for a success. */
	struct dmaload_error err;
	uint64_t begun;
	uint64_t ended;
};

static int no_memory(const struct maker *maker, int code,
		     struct dmaload_error *err)
{
	return fail(err, code, "%" PRIu64 " bytes of shared memory for the %s "
		    "buffer cannot be populated: %s", maker->buffer->size,
		    maker->buffer->label, error_text(code));
}

static void tell(struct maker *maker, uint64_t populated, bool populating)
{
	pthread_mutex_lock(&maker->more);
	atomic_store(&maker->populated, populated);
	atomic_store(&maker->populating, populating);
	pthread_cond_broadcast(&maker->grown);
	pthread_mutex_unlock(&maker->more);
}

static int populate(struct maker *maker)
{
	const uint64_t size = maker->buffer->size;
	size_t length;
	uint64_t at;
	int r;

	for (at = 0; at < size; at += length) {
		if (atomic_load(&maker->stop))
			return fail(&maker->err, -ECANCELED, "the buffer is "
				    "being destroyed");
		length = (size_t)(size - at < SLICE ? size - at : SLICE);
		r = pages_populate((char *)maker->buffer->map + at, length);
		/* Before Linux 5.14 the ioctl is what populates. */
		if (r == -EINVAL)
			return 0;
		if (r < 0)
			return no_memory(maker, r, &maker->err);
		promise_populated(&maker->buffer->promise, length);
		tell(maker, at + length, true);
	}
	return 0;
}

static void let_go(struct maker *maker)
{
	if (atomic_fetch_sub(&maker->refs, 1) > 1)
		return;
	/* A child of fork() may have it as its owner held it. */
	if (maker->process == sys_process()) {
		pthread_cond_destroy(&maker->grown);
		pthread_mutex_destroy(&maker->more);
		pthread_mutex_destroy(&maker->lock);
	}
	free(maker);
}

/* The result of the other buffer does not matter here. */
static void wait_for_turn(struct maker *maker)
{
	struct maker *after = maker->after;

	if (!after)
		return;
	maker_wait(after, NULL);
	maker->after = NULL;
	let_go(after);
}

static int make_all(struct maker *maker)
{
	struct dmaload_buffer *buffer = maker->buffer;
	int r;

	tell(maker, 0, true);
	r = populate(maker);
	tell(maker, atomic_load(&maker->populated), false);
	if (r == 0 && buffer->ops->make)
		r = buffer->ops->make(buffer, maker->device, &maker->err);
	/* Before Linux 5.14 that populated; after a failure, nothing will. */
	promise_end(&buffer->promise);
	if (maker->device >= 0)
		sys_close(maker->device);
	maker->device = -1;
	return r;
}

static void *make(void *arg)
{
	struct maker *maker = arg;
	struct dmaload_buffer *buffer = maker->buffer;
	int r;

	wait_for_turn(maker);
	maker->begun = sys_now();
	r = make_all(maker);
	/* By now all of it is there. */
	if (r == 0)
		buffer_look(buffer);
	maker->ended = sys_now();
	if (r == 0)
		atomic_store(&maker->populated, buffer->size);
	atomic_store(&maker->done, true);
	return NULL;
}

int maker_start(struct dmaload_buffer *buffer, int device, struct maker *after,
		struct dmaload_error *err)
{
	struct maker *maker = calloc(1, sizeof(*maker));
	int r = -ENOMEM;

	if (maker) {
		maker->buffer = buffer;
		maker->device = device;
		maker->process = sys_process();
		maker->after = after;
		if (after)
			atomic_fetch_add(&after->refs, 1);
		atomic_init(&maker->refs, 1);
		pthread_mutex_init(&maker->lock, NULL);
		pthread_mutex_init(&maker->more, NULL);
		pthread_cond_init(&maker->grown, NULL);
		r = sys_thread(&maker->thread, make, maker);
	}
	if (r < 0) {
		if (maker && after)
			let_go(after);
		free(maker);
		if (device >= 0)
			sys_close(device);
		return fail(err, r, "the thread that makes the %s buffer cannot "
			    "be started: %s", buffer->label, error_text(r));
	}
	buffer->maker = maker;
	return 0;
}

bool maker_is_done(const struct maker *maker)
{
	return atomic_load(&maker->done);
}

static void join(struct maker *maker)
{
	pthread_mutex_lock(&maker->lock);
	if (!maker->joined)
		sys_join(maker->thread);
	maker->joined = true;
	pthread_mutex_unlock(&maker->lock);
}

int maker_wait(struct maker *maker, struct dmaload_error *err)
{
	/* One that is done is joined, too: until then it keeps its stack. */
	if (!atomic_load(&maker->joined) && maker->process == sys_process())
		join(maker);
	if (!maker_is_done(maker))
		return fail(err, -ECHILD, "the %s buffer was being made by "
			    "this process's parent when it forked",
			    maker->buffer->label);
	if (maker->err.code < 0 && err)
		*err = maker->err;
	return maker->err.code;
}

void maker_follow(struct maker *maker, uint64_t end)
{
	if (end <= atomic_load(&maker->populated) ||
	    !atomic_load(&maker->populating) || maker->process != sys_process())
		return;
	pthread_mutex_lock(&maker->more);
	while (atomic_load(&maker->populating) &&
	       end > atomic_load(&maker->populated) &&
	       end - atomic_load(&maker->populated) <= CLOSE)
		pthread_cond_wait(&maker->grown, &maker->more);
	pthread_mutex_unlock(&maker->more);
}

int maker_reach(struct maker *maker, uint64_t offset, uint64_t length,
		struct dmaload_error *err)
{
	const uint64_t from = offset & ~(uint64_t)(sys_page_size() - 1);
	int r;

	maker_follow(maker, offset + length);
	if (offset + length <= atomic_load(&maker->populated))
		return 0;
	r = pages_populate((char *)maker->buffer->map + from,
			   (size_t)(offset + length - from));
	if (r == -EINVAL)
		return maker_wait(maker, err);
	return r < 0 ? no_memory(maker, r, err) : 0;
}

uint64_t maker_took(const struct maker *maker, uint64_t begin, uint64_t end)
{
	if (!maker_is_done(maker))
		return 0;
	if (begin < maker->begun)
		begin = maker->begun;
	if (end > maker->ended)
		end = maker->ended;
	return begin < end ? end - begin : 0;
}

void maker_stop(struct maker *maker)
{
	atomic_store(&maker->stop, true);
}

void maker_destroy(struct maker *maker)
{
	if (!maker)
		return;
	maker_stop(maker);
	if (maker->process == sys_process()) {
		join(maker);
	} else {
		/* The thread would have done this. */
		if (maker->device >= 0)
			sys_close(maker->device);
		if (maker->after)
			let_go(maker->after);
	}
	let_go(maker);
}
