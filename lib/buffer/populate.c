/* SPDX-License-Identifier: MIT */
/*
 * A background thread populates a buffer while a load already reads into it.
 *
 * To populate a buffer and to make a udmabuf may take as long as the disk takes
 * to fill the buffer. So the thread runs ahead of the reads, in small slices,
 * and a read that reaches the thread waits for it. Otherwise two threads would
 * fault the same pages and contend on every page. Measured on 1 GiB of base
 * pages: 0.86 s and 2.1 CPU seconds without waiting, 0.75 s and 1.6 with it.
 *
 * The thread makes the dma-buf last. No device can be attached before, so a
 * load begins without SYNC, and waits for the thread at its end.
 *
 * If there are several buffers, each has a thread, which waits until the
 * previous buffer is made. So the buffer that is read first is made first, and
 * CPUs are left to the load. A thread opens the device only in its turn, to
 * save fds. A struct populate lives until its buffer is destroyed and the next
 * one has waited for it.
 *
 * The thread writes its results before it sets done. A child of fork() has no
 * such thread: its calls return -ECHILD, unless the thread was done before.
 */
#include "buffer/populate.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "buffer/pages.h"
#include "buffer/source.h"
#include "sys/error.h"
#include "sys/sys.h"

/* Short, since populating blocks every mmap() of the process, and destroying the
 * buffer waits for it. */
#define POPULATE_BYTES ((uint64_t)2 << 20)
/* A read that is this close to the thread waits for it. */
#define NEAR_BYTES ((uint64_t)16 << 20)

struct populate {
	struct dmaload_buffer *buffer;
	int device;
	uint64_t process;
	/* The struct populate before this one; NULL after the wait for it. */
	struct populate *after;
	/* References: the buffer, and the struct populate whose turn is
	 * next. */
	atomic_uint refs;

	/* Protects the thread, which is joined once; joined is atomic. */
	pthread_mutex_t lock;
	pthread_t thread;
	atomic_bool joined;

	atomic_bool stop;
	/* The pages up to here are populated; changed is signaled when that
	 * grows. */
	_Atomic uint64_t populated;
	pthread_mutex_t progress_lock;
	pthread_cond_t changed;
	atomic_bool populating;
	atomic_bool done;
	/* Valid when done. */
	struct dmaload_error err;
	uint64_t begun;
	uint64_t ended;
};

static int fail_populate(const struct populate *populate, int code,
			 struct dmaload_error *err)
{
	return fail(err, code, "cannot populate %" PRIu64 " bytes of shared "
		    "memory for the %s buffer: %s", populate->buffer->size,
		    populate->buffer->label, error_text(code));
}

static void set_populated(struct populate *populate, uint64_t populated,
			  bool populating)
{
	pthread_mutex_lock(&populate->progress_lock);
	atomic_store(&populate->populated, populated);
	atomic_store(&populate->populating, populating);
	pthread_cond_broadcast(&populate->changed);
	pthread_mutex_unlock(&populate->progress_lock);
}

static int populate_all(struct populate *populate)
{
	const uint64_t size = populate->buffer->size;
	size_t length;
	uint64_t at;
	int r;

	for (at = 0; at < size; at += length) {
		if (atomic_load(&populate->stop))
			return fail(&populate->err, -ECANCELED, "the buffer is "
				    "being destroyed");
		length = (size_t)(size - at < POPULATE_BYTES ? size - at : POPULATE_BYTES);
		r = pages_populate((char *)populate->buffer->map + at, length);
		/* Before Linux 5.14, only the ioctl populates. */
		if (r == -EINVAL)
			return 0;
		if (r < 0)
			return fail_populate(populate, r, &populate->err);
		promise_populated(&populate->buffer->promise, length);
		set_populated(populate, at + length, true);
	}
	return 0;
}

static void unref(struct populate *populate)
{
	if (atomic_fetch_sub(&populate->refs, 1) > 1)
		return;
	/* In a child of fork(), the locks may be held by a thread of the
	 * parent. */
	if (populate->process == sys_process()) {
		pthread_cond_destroy(&populate->changed);
		pthread_mutex_destroy(&populate->progress_lock);
		pthread_mutex_destroy(&populate->lock);
	}
	free(populate);
}

static void wait_for_turn(struct populate *populate)
{
	struct populate *after = populate->after;

	if (!after)
		return;
	/* Its result does not matter here. */
	populate_wait(after, NULL);
	populate->after = NULL;
	unref(after);
}

static int make_all(struct populate *populate)
{
	struct dmaload_buffer *buffer = populate->buffer;
	int r;

	set_populated(populate, 0, true);
	r = populate_all(populate);
	set_populated(populate, atomic_load(&populate->populated), false);
	if (r == 0 && buffer->ops->make)
		r = buffer->ops->make(buffer, populate->device, &populate->err);
	/* Before Linux 5.14, the call above has populated the memory; after a
	 * failure, nothing will. */
	promise_end(&buffer->promise);
	if (populate->device >= 0)
		sys_close(populate->device);
	populate->device = -1;
	return r;
}

static void *make(void *arg)
{
	struct populate *populate = arg;
	struct dmaload_buffer *buffer = populate->buffer;
	int r;

	wait_for_turn(populate);
	populate->begun = sys_now();
	r = make_all(populate);
	if (r == 0)
		buffer_inspect_pages(buffer);
	populate->ended = sys_now();
	if (r == 0)
		atomic_store(&populate->populated, buffer->size);
	atomic_store(&populate->done, true);
	return NULL;
}

int populate_start(struct dmaload_buffer *buffer, int device,
		   struct populate *after, struct dmaload_error *err)
{
	struct populate *populate = calloc(1, sizeof(*populate));
	int r = -ENOMEM;

	if (populate) {
		populate->buffer = buffer;
		populate->device = device;
		populate->process = sys_process();
		populate->after = after;
		if (after)
			atomic_fetch_add(&after->refs, 1);
		atomic_init(&populate->refs, 1);
		pthread_mutex_init(&populate->lock, NULL);
		pthread_mutex_init(&populate->progress_lock, NULL);
		pthread_cond_init(&populate->changed, NULL);
		r = sys_thread(&populate->thread, make, populate);
	}
	if (r < 0) {
		if (populate && after)
			unref(after);
		free(populate);
		if (device >= 0)
			sys_close(device);
		return fail(err, r, "cannot start the thread that populates "
			    "the %s buffer: %s", buffer->label, error_text(r));
	}
	buffer->populate = populate;
	return 0;
}

bool populate_is_done(const struct populate *populate)
{
	return atomic_load(&populate->done);
}

static void join(struct populate *populate)
{
	pthread_mutex_lock(&populate->lock);
	if (!populate->joined)
		sys_join(populate->thread);
	populate->joined = true;
	pthread_mutex_unlock(&populate->lock);
}

int populate_wait(struct populate *populate, struct dmaload_error *err)
{
	/* Join even a thread that is done, since it keeps its stack. */
	if (!atomic_load(&populate->joined) &&
	    populate->process == sys_process())
		join(populate);
	if (!populate_is_done(populate))
		return fail(err, -ECHILD, "the %s buffer is incomplete, since "
			    "the thread that populated it stayed in the "
			    "parent: create it after fork()",
			    populate->buffer->label);
	if (populate->err.code < 0 && err)
		*err = populate->err;
	return populate->err.code;
}

void populate_wait_near(struct populate *populate, uint64_t end)
{
	if (end <= atomic_load(&populate->populated) ||
	    !atomic_load(&populate->populating) ||
	    populate->process != sys_process())
		return;
	pthread_mutex_lock(&populate->progress_lock);
	while (atomic_load(&populate->populating) &&
	       end > atomic_load(&populate->populated) &&
	       end - atomic_load(&populate->populated) <= NEAR_BYTES)
		pthread_cond_wait(&populate->changed, &populate->progress_lock);
	pthread_mutex_unlock(&populate->progress_lock);
}

int populate_range(struct populate *populate, uint64_t offset, uint64_t length,
		   struct dmaload_error *err)
{
	const uint64_t from = offset & ~(uint64_t)(sys_page_size() - 1);
	int r;

	populate_wait_near(populate, offset + length);
	if (offset + length <= atomic_load(&populate->populated))
		return 0;
	r = pages_populate((char *)populate->buffer->map + from,
			   (size_t)(offset + length - from));
	if (r == -EINVAL)
		return populate_wait(populate, err);
	return r < 0 ? fail_populate(populate, r, err) : 0;
}

uint64_t populate_ns(const struct populate *populate, uint64_t begin,
		     uint64_t end)
{
	if (!populate_is_done(populate))
		return 0;
	if (begin < populate->begun)
		begin = populate->begun;
	if (end > populate->ended)
		end = populate->ended;
	return begin < end ? end - begin : 0;
}

void populate_stop(struct populate *populate)
{
	atomic_store(&populate->stop, true);
}

void populate_destroy(struct populate *populate)
{
	if (!populate)
		return;
	populate_stop(populate);
	if (populate->process == sys_process()) {
		join(populate);
	} else {
		/* The thread would have done this. */
		if (populate->device >= 0)
			sys_close(populate->device);
		if (populate->after)
			unref(populate->after);
	}
	unref(populate);
}
