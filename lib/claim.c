/* SPDX-License-Identifier: MIT */
/*
 * Buffers may be used by jobs of several contexts, so one lock stands over all of
 * them. It is held while two sorted lists are compared, and never during I/O.
 */
#include "claim.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "buffer.h"
#include "ctx.h"
#include "error.h"
#include "file.h"
#include "inode.h"
#include "load.h"
#include "queue.h"
#include "sys.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dropped = PTHREAD_COND_INITIALIZER;

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
	dropped = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pthread_mutex_unlock(&lock);
}

static void mind_forks(void)
{
	pthread_atfork(before_fork, after_fork, in_child);
}

static int by_start(const void *a, const void *b)
{
	const struct interval *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

void claim_merge(struct claim *claim, bool *overlaps, uint64_t *overlap)
{
	struct interval *all = claim->intervals, *last = all;
	size_t i;

	*overlaps = false;
	if (claim->count == 0)
		return;
	qsort(all, claim->count, sizeof(*all), by_start);
	for (i = 1; i < claim->count; i++) {
		if (all[i].start < last->end && !*overlaps) {
			*overlaps = true;
			*overlap = all[i].start;
		}
		if (all[i].start > last->end)
			*++last = all[i];
		else if (all[i].end > last->end)
			last->end = all[i].end;
	}
	claim->count = (size_t)(last - all) + 1;
}

bool claim_meet(const struct claim *a, const struct claim *b, uint64_t *where)
{
	size_t i = 0, j = 0;

	while (i < a->count && j < b->count) {
		if (a->intervals[i].end <= b->intervals[j].start) {
			i++;
		} else if (b->intervals[j].end <= a->intervals[i].start) {
			j++;
		} else {
			*where = a->intervals[i].start > b->intervals[j].start ?
				 a->intervals[i].start : b->intervals[j].start;
			return true;
		}
	}
	return false;
}

/* The first claim that excludes this one, and a byte that both want. Loads of a context
 * are done one after the other, if it is given. */
static const struct claim *conflict(const struct claim *other,
				    const struct claim *own,
				    const struct engine *context,
				    uint64_t *where)
{
	for (; other; other = other->next)
		if (other->process == own->process &&
		    (own->writes || other->writes) &&
		    other->load->engine != context &&
		    claim_meet(own, other, where))
			return other;
	return NULL;
}

static int check_buffer(const struct load_buffer *own,
			struct dmaload_error *err)
{
	const struct dmaload_buffer *buffer = own->buffer;
	uint64_t where;

	if (!conflict(buffer->claims, &own->claim, NULL, &where))
		return 0;
	return fail(err, -EBUSY, "byte %" PRIu64 " of the %s buffer is in use by "
		    "another load: wait for it", where - buffer->lead,
		    buffer->label);
}

static int check_file(const struct load *load, const struct load_file *own,
		      struct dmaload_error *err)
{
	const struct dmaload_file *file = own->file;
	const struct claim *other;
	uint64_t where;

	if (file->stream && file->taken == own->claim.process)
		return fail(err, -EBUSY, "%s is being read by another load",
			    file->name);
	if (file->stream)
		return 0;
	other = conflict(file->inode->claims, &own->claim, load->engine, &where);
	if (!other)
		return 0;
	return fail(err, -EBUSY, "byte %" PRIu64 " of %s is being %s by another "
		    "load or store, perhaps under another name: wait for it", where,
		    file->name, other->writes ? "written" : "read");
}

static int check_all(const struct load *load, struct dmaload_error *err)
{
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < load->n_buffers; i++)
		r = check_buffer(&load->buffers[i], err);
	for (i = 0; r == 0 && i < load->n_files; i++)
		r = check_file(load, &load->files[i], err);
	return r;
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

int claim_take(struct load *load, struct dmaload_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const uint64_t process = sys_process();
	struct dmaload_file *file;
	uint32_t i;
	int r;

	pthread_once(&once, mind_forks);
	for (i = 0; i < load->n_buffers; i++)
		load->buffers[i].claim.process = process;
	for (i = 0; i < load->n_files; i++)
		load->files[i].claim.process = process;
	pthread_mutex_lock(&lock);
	r = check_all(load, err);
	for (i = 0; r == 0 && i < load->n_buffers; i++)
		link_claim(&load->buffers[i].buffer->claims,
			   &load->buffers[i].claim, load);
	for (i = 0; r == 0 && i < load->n_files; i++) {
		file = load->files[i].file;
		file->taken = file->stream ? process : 0;
		if (!file->stream)
			link_claim(&file->inode->claims, &load->files[i].claim,
				   load);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

void claim_drop(struct load *load)
{
	struct load_file *own;
	bool taken = false;
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < load->n_buffers; i++) {
		taken |= load->buffers[i].claim.load != NULL;
		unlink_claim(&load->buffers[i].buffer->claims,
			     &load->buffers[i].claim);
	}
	for (i = 0; taken && i < load->n_files; i++) {
		own = &load->files[i];
		own->file->taken = 0;
		if (!own->file->stream)
			unlink_claim(&own->file->inode->claims, &own->claim);
	}
	pthread_cond_broadcast(&dropped);
	pthread_mutex_unlock(&lock);
}

void claim_stop(struct load *load, int code)
{
	int none = 0;

	/* Who asks first is the one whose reason is told. */
	atomic_compare_exchange_strong(&load->stop, &none, code);
	if (load->wake_fd >= 0)
		sys_event_raise(load->wake_fd);
}

static struct claim *next_of(struct claim *claim, uint64_t process)
{
	while (claim && claim->process != process)
		claim = claim->next;
	return claim;
}

/* The context of the claim behind so many others, kept; NULL if there are no more. */
static struct dmaload_ctx *nth_context(struct claim *claim, unsigned n,
				       uint64_t process)
{
	struct dmaload_ctx *ctx;

	for (claim = next_of(claim, process); claim && n > 0; n--)
		claim = next_of(claim->next, process);
	if (!claim)
		return NULL;
	ctx = ctx_of(claim->load);
	ctx_keep(ctx);
	return ctx;
}

/* Those that wait for their turn end here, however long the one before them takes. */
void claim_expel(struct dmaload_buffer *buffer)
{
	const uint64_t process = sys_process();
	struct dmaload_ctx *ctx;
	struct claim *claim;
	unsigned n = 0;

	pthread_mutex_lock(&lock);
	for (claim = next_of(buffer->claims, process); claim;
	     claim = next_of(claim->next, process)) {
		claim_stop(claim->load, -ECANCELED);
		n++;
	}
	while (n-- > 0) {
		ctx = nth_context(buffer->claims, n, process);
		if (!ctx)
			continue;
		pthread_mutex_unlock(&lock);
		queue_end_stopped(ctx);
		ctx_let_go(ctx);
		pthread_mutex_lock(&lock);
	}
	while (next_of(buffer->claims, process))
		pthread_cond_wait(&dropped, &lock);
	pthread_mutex_unlock(&lock);
}
