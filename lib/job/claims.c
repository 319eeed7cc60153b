/* SPDX-License-Identifier: MIT */
/*
 * Buffers may be used by jobs of several contexts, so one lock stands over all of
 * them. It is held while two sorted lists are compared, and never during I/O.
 */
#include "job/claims.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "buffer/buffer.h"
#include "file/file.h"
#include "file/inode.h"
#include "io/engine.h"
#include "load/load.h"
#include "sys/error.h"
#include "sys/sys.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dropped = PTHREAD_COND_INITIALIZER;

/* Loads that wait for an earlier one, in no order. */
static struct load *waiting;
/* Contexts in which somebody waits no longer. */
static struct owner *to_wake;

/* A child has the lock as it was, and none of the threads. */
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
	waiting = NULL;
	to_wake = NULL;
	dropped = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pthread_mutex_unlock(&lock);
}

static void mind_forks(void)
{
	pthread_atfork(before_fork, after_fork, in_child);
}

/* Brackets for reading and for writing of one dma-buf exclude each other: where caches
 * are not coherent, START for reading throws away what the CPU has written. */
static bool brackets_exclude(const struct claim *a, const struct claim *b)
{
	return a->brackets && b->brackets && a->writes != b->writes;
}

/* Another load's claim on the same: whether the two exclude each other, and a byte that
 * both want; UINT64_MAX if it is the brackets that do. */
static bool excludes(const struct claim *other, const struct claim *own,
		     uint64_t *where)
{
	if (other->load == own->load || other->process != own->process)
		return false;
	if (own->alone || ((own->writes || other->writes) &&
			   claim_meet(own, other, where)))
		return true;
	*where = UINT64_MAX;
	return brackets_exclude(own, other);
}

static struct claim **claims_of(struct dmaload_file *file)
{
	return file->stream ? &file->claims : &file->inode->claims;
}

static int busy_buffer(const struct dmaload_buffer *buffer, uint64_t where,
		       struct dmaload_error *err)
{
	return fail(err, -EBUSY, "byte %" PRIu64 " of the %s buffer is in use by "
		    "another load: wait for it", where - buffer->lead,
		    buffer->label);
}

static int check_buffer(const struct load *load, const struct load_buffer *own,
			struct dmaload_error *err)
{
	const struct claim *other = own->buffer->claims;
	uint64_t where;

	for (; other; other = other->next)
		if (excludes(other, &own->claim, &where) &&
		    where != UINT64_MAX && other->load->owner != load->owner)
			return busy_buffer(own->buffer, where, err);
	return 0;
}

static int check_file(const struct load *load, const struct load_file *own,
		      struct dmaload_error *err)
{
	const struct dmaload_file *file = own->file;
	const struct claim *other = *claims_of(own->file);
	uint64_t where;

	for (; other; other = other->next) {
		if (!excludes(other, &own->claim, &where) ||
		    other->load->owner == load->owner)
			continue;
		if (file->stream)
			return fail(err, -EBUSY, "%s is being read by another "
				    "load", file->name);
		return fail(err, -EBUSY, "byte %" PRIu64 " of %s is being %s by "
			    "another load or store, perhaps under another name: "
			    "wait for it", where, file->name,
			    other->writes ? "written" : "read");
	}
	return 0;
}

static int check_all(const struct load *load, struct dmaload_error *err)
{
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_buffers; i++)
		r = check_buffer(load, &load->buffers[i], err);
	for (i = 0; r == 0 && i < load->n_files; i++)
		r = check_file(load, &load->files[i], err);
	return r;
}

/* A load with a claim that excludes one of ours, and came before. */
static struct load *earlier_of(const struct claim *other,
			       const struct claim *own)
{
	uint64_t where;

	for (; other; other = other->next)
		if (excludes(other, own, &where) &&
		    other->load->seat.ticket.order < own->load->seat.ticket.order)
			return other->load;
	return NULL;
}

static struct load *find_blocker(const struct load *load)
{
	struct load *blocker = NULL;
	uint32_t i;

	for (i = 0; !blocker && i < load->n_buffers; i++)
		blocker = earlier_of(load->buffers[i].buffer->claims,
				     &load->buffers[i].claim);
	for (i = 0; !blocker && i < load->n_files; i++)
		blocker = earlier_of(*claims_of(load->files[i].file),
				     &load->files[i].claim);
	return blocker;
}

/* Wait for the first that is in the way, and lend it the urgency. */
static void block_on(struct load *load, struct load *blocker)
{
	load->blocker = blocker;
	for (; load->seat.ticket.urgent && blocker && !blocker->seat.ticket.urgent;
	     blocker = blocker->blocker)
		blocker->seat.ticket.urgent = true;
}

static void link_waiting(struct load *load)
{
	load->next_waiting = waiting;
	waiting = load;
}

static void unlink_waiting(struct load *load)
{
	struct load **at = &waiting;

	while (*at && *at != load)
		at = &(*at)->next_waiting;
	if (*at)
		*at = load->next_waiting;
}

static void mark_to_wake(struct load *load)
{
	struct owner *owner = load->owner;

	if (owner->to_be_woken)
		return;
	owner->keep(owner);
	owner->to_be_woken = true;
	owner->next_to_wake = to_wake;
	to_wake = owner;
}

/* A load has ended: those that waited for it wait for another, or for none. */
static void release_waiting(const struct load *ended)
{
	struct load **at = &waiting, *load;

	while ((load = *at)) {
		if (load->blocker != ended) {
			at = &load->next_waiting;
			continue;
		}
		block_on(load, find_blocker(load));
		if (load->blocker) {
			at = &load->next_waiting;
			continue;
		}
		*at = load->next_waiting;
		mark_to_wake(load);
	}
}

void claims_wake(void)
{
	struct owner *owner;

	pthread_mutex_lock(&lock);
	while ((owner = to_wake)) {
		to_wake = owner->next_to_wake;
		owner->to_be_woken = false;
		pthread_mutex_unlock(&lock);
		owner->wake(owner);
		owner->let_go(owner);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
}

static void link_claim(struct claim **claims, struct claim *claim,
		       struct load *load)
{
	claim->load = load;
	claim->next = *claims;
	*claims = claim;
}

static void unlink_claim(struct claim **claims, struct claim *claim)
{
	if (!claim->load)
		return;
	while (*claims != claim)
		claims = &(*claims)->next;
	*claims = claim->next;
	claim->load = NULL;
}

void claims_stop(struct load *load, int code)
{
	int none = 0;

	/* Who asks first is the one whose reason is told. */
	atomic_compare_exchange_strong(&load->stop, &none, code);
	if (load->wake_fd >= 0)
		sys_event_raise(load->wake_fd);
	engine_wake(load->seat.engine);
}

static struct claim *next_of(struct claim *claim, uint64_t process)
{
	while (claim && claim->process != process)
		claim = claim->next;
	return claim;
}

/* The context of the claim behind so many others, kept; NULL if there are no more. */
static struct owner *nth_owner(struct claim *claim, unsigned n,
				       uint64_t process)
{
	struct owner *owner;

	for (claim = next_of(claim, process); claim && n > 0; n--)
		claim = next_of(claim->next, process);
	if (!claim)
		return NULL;
	owner = claim->load->owner;
	owner->keep(owner);
	return owner;
}

/* Stop all loads that have a claim on a buffer, and wait until none has. Those that wait
 * for their turn end here, however long the one before them takes. */
static void expel(struct dmaload_buffer *buffer)
{
	const uint64_t process = sys_process();
	struct owner *owner;
	struct claim *claim;
	unsigned n = 0;

	pthread_mutex_lock(&lock);
	for (claim = next_of(buffer->claims, process); claim;
	     claim = next_of(claim->next, process)) {
		claims_stop(claim->load, -ECANCELED);
		n++;
	}
	while (n-- > 0) {
		owner = nth_owner(buffer->claims, n, process);
		if (!owner)
			continue;
		pthread_mutex_unlock(&lock);
		owner->end_stopped(owner);
		owner->let_go(owner);
		pthread_mutex_lock(&lock);
	}
	while (next_of(buffer->claims, process))
		pthread_cond_wait(&dropped, &lock);
	pthread_mutex_unlock(&lock);
}

/* What is a dma-buf, and who is alone with a stream. */
static void prepare(struct load *load)
{
	const uint64_t process = sys_process();
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

int claims_take(struct load *load, struct dmaload_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static uint64_t order;
	uint32_t i;
	int r;

	pthread_once(&once, mind_forks);
	prepare(load);
	pthread_mutex_lock(&lock);
	r = check_all(load, err);
	for (i = 0; r == 0 && i < load->n_buffers; i++) {
		load->buffers[i].buffer->expel = expel;
		link_claim(&load->buffers[i].buffer->claims,
			   &load->buffers[i].claim, load);
	}
	for (i = 0; r == 0 && i < load->n_files; i++)
		link_claim(claims_of(load->files[i].file),
			   &load->files[i].claim, load);
	if (r == 0) {
		load->seat.ticket.order = ++order;
		block_on(load, find_blocker(load));
		if (load->blocker)
			link_waiting(load);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

void claims_drop(struct load *load)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < load->n_buffers; i++)
		unlink_claim(&load->buffers[i].buffer->claims,
			     &load->buffers[i].claim);
	for (i = 0; i < load->n_files; i++)
		if (load->files[i].claim.load)
			unlink_claim(claims_of(load->files[i].file),
				     &load->files[i].claim);
	if (load->blocker)
		unlink_waiting(load);
	load->blocker = NULL;
	release_waiting(load);
	pthread_cond_broadcast(&dropped);
	pthread_mutex_unlock(&lock);
}
