/* SPDX-License-Identifier: MIT */
/*
 * Jobs of several contexts may use the same buffer, so one lock protects all
 * claims. It is held while two sorted lists are compared, and never during I/O.
 */
#include "job/claims.h"

#include <errno.h>
#include <pthread.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "io/engine.h"
#include "job/conflicts.h"
#include "job/waiting.h"
#include "load/load.h"
#include "sys/sys.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dropped = PTHREAD_COND_INITIALIZER;

/* A child of fork() inherits the lock as it is, and none of the threads. */
static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void in_child(void)
{
	waiting_forget();
	dropped = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pthread_mutex_unlock(&lock);
}

static void handle_forks(void)
{
	pthread_atfork(before_fork, after_fork, in_child);
}

static void link_claim(struct claim **claims, struct claim *claim,
		       struct load *load)
{
	while (*claims && !claim->writes && (*claims)->writes)
		claims = &(*claims)->next;
	claim->load = load;
	claim->next = *claims;
	claim->at = claims;
	if (claim->next)
		claim->next->at = &claim->next;
	*claims = claim;
}

static void unlink_claim(struct claim *claim)
{
	if (!claim->load)
		return;
	*claim->at = claim->next;
	if (claim->next)
		claim->next->at = claim->at;
	claim->load = NULL;
}

void claims_hurry(struct load *load)
{
	pthread_mutex_lock(&lock);
	waiting_hurry(load);
	pthread_mutex_unlock(&lock);
}

void load_request_stop(struct load *load, int code)
{
	int none = 0;

	/* Report the first reason. */
	atomic_compare_exchange_strong(&load->stop, &none, code);
	if (load->wake_fd >= 0)
		sys_event_raise(load->wake_fd);
	engine_wake(load->seat.engine);
}

void claims_wake(void)
{
	struct owner *owner;

	pthread_mutex_lock(&lock);
	while ((owner = waiting_pop_owner())) {
		pthread_mutex_unlock(&lock);
		owner->wake(owner);
		owner->unref(owner);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
}

static struct claim *next_of(struct claim *claim, uint64_t process)
{
	while (claim && claim->process != process)
		claim = claim->next;
	return claim;
}

/* Return the context of the n-th claim of this process with a reference, or
 * NULL. */
static struct owner *nth_owner(struct claim *claim, unsigned n, uint64_t process)
{
	struct owner *owner;

	for (claim = next_of(claim, process); claim && n > 0; n--)
		claim = next_of(claim->next, process);
	if (!claim)
		return NULL;
	owner = claim->load->owner;
	owner->ref(owner);
	return owner;
}

/* Cancel all loads that have a claim on a buffer, and wait until none has.
 * Loads that wait for their turn end here, however long the one before them
 * takes. */
static void claim_cancel_and_wait(struct dmaload_buffer *buffer)
{
	const uint64_t process = sys_process();
	struct owner *owner;
	struct claim *claim;
	unsigned n = 0;

	pthread_mutex_lock(&lock);
	for (claim = next_of(buffer->claims, process); claim;
	     claim = next_of(claim->next, process)) {
		load_request_stop(claim->load, -ECANCELED);
		n++;
	}
	while (n-- > 0) {
		owner = nth_owner(buffer->claims, n, process);
		if (!owner)
			continue;
		pthread_mutex_unlock(&lock);
		owner->end_stopped(owner);
		owner->unref(owner);
		pthread_mutex_lock(&lock);
	}
	while (next_of(buffer->claims, process))
		pthread_cond_wait(&dropped, &lock);
	pthread_mutex_unlock(&lock);
}

/* A dma-buf needs brackets, and a stream allows one load at a time. */
static void prepare(struct load *load)
{
	const uint64_t process = load->owner->process;
	uint32_t i;

	for (i = 0; i < load->n_buffers; i++) {
		load->buffers[i].claim.process = process;
		load->buffers[i].claim.brackets =
			load->buffers[i].buffer->ops->dmabuf;
	}
	for (i = 0; i < load->n_files; i++) {
		load->files[i].claim.process = process;
		load->files[i].claim.alone = load->files[i].file->stream;
	}
}

int claims_register(struct load *load, struct dmaload_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static uint64_t order;
	struct load *blocker;
	uint32_t i;
	int r;

	pthread_once(&once, handle_forks);
	prepare(load);
	pthread_mutex_lock(&lock);
	r = conflicts_check(load, &blocker, err);
	for (i = 0; r == 0 && i < load->n_buffers; i++) {
		load->buffers[i].buffer->cancel_loads = claim_cancel_and_wait;
		link_claim(&load->buffers[i].buffer->claims,
			   &load->buffers[i].claim, load);
	}
	for (i = 0; r == 0 && i < load->n_files; i++)
		link_claim(conflicts_of_file(load->files[i].file),
			   &load->files[i].claim, load);
	if (r == 0) {
		load->seat.ticket.order = ++order;
		waiting_begin(load, blocker);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

void claims_drop(struct load *load)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < load->n_buffers; i++)
		unlink_claim(&load->buffers[i].claim);
	for (i = 0; i < load->n_files; i++)
		unlink_claim(&load->files[i].claim);
	waiting_end(load);
	waiting_release(load);
	pthread_cond_broadcast(&dropped);
	pthread_mutex_unlock(&lock);
}
