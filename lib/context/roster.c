/* SPDX-License-Identifier: MIT */
/*
 * Some jobs could hold up the worker's other jobs, so each of them gets its own
 * thread (crew.c): streams, stores, buffered reads, progress functions,
 * unfinished buffers and dma-bufs that a device uses.
 *
 * A buffered read or a busy device shows only on the way. The job is then
 * handed over once nothing of it is in flight.
 */
#include "context/roster.h"

#include <errno.h>

#include "buffer/buffer.h"
#include "context/crew.h"
#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "context/run.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/pump.h"

/* As many jobs as can have a slot each. */
#define JOBS_MAX SLOTS_MAX

static bool is_slow(const struct load *load)
{
	uint32_t i;

	if (load->request.operation == DMALOAD_STORE || load->request.options.progress ||
	    load->request.transform.function ||
	    load->request.options.paths == DMALOAD_ALLOW_BUFFERED)
		return true;
	for (i = 0; i < load->n_files; i++)
		if (load->files[i].file->stream)
			return true;
	for (i = 0; i < load->n_buffers; i++)
		if (!buffer_is_made(load->buffers[i].buffer))
			return true;
	return false;
}

/* Return true if a bracket would wait for a device. */
static bool is_in_use(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_buffers; i++)
		if (!buffer_is_idle(load->buffers[i].buffer))
			return true;
	return false;
}

/* Add a job in the order in which slots are assigned. */
static void add(struct worker *worker, struct dmaload_job *job)
{
	const uint64_t order = job->load.seat.ticket.order;
	struct dmaload_job **at = &worker->jobs;

	while (*at && (*at)->load.seat.ticket.order < order)
		at = &(*at)->next_done;
	job->next_done = *at;
	*at = job;
	worker->count++;
	job->load.seat.shared = true;
	job->load.seat.pump = worker->pump;
}

void roster_remove(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	struct worker *worker = &ctx->worker;
	struct dmaload_job **at = &worker->jobs;
	struct pump *pump = worker->pump;

	while (*at != job)
		at = &(*at)->next_done;
	*at = job->next_done;
	job->next_done = NULL;
	worker->count--;
	if (worker->count == 0)
		worker->filter = (struct filter){ .entered = false };
	/* There is room for another job. */
	worker->check_queue = true;
	if (worker->jobs)
		return;
	worker->pump = NULL;
	engine_put_pump(&ctx->engine, pump);
}

static bool may_begin(const struct dmaload_job *job)
{
	return !job->blocking && !job->load.blocker;
}

bool roster_has_work(const struct dmaload_ctx *ctx)
{
	const struct dmaload_job *job = ctx->queued;

	while (job && (!may_begin(job) || job->lacks_thread))
		job = job->next_queued;
	return ctx->worker.jobs || job;
}

/* Return true if the worker can take a job: it takes as many ordinary ones as
 * can have a slot. */
static bool has_place(const struct worker *worker, const struct dmaload_job *job)
{
	return worker->pump && (worker->count < JOBS_MAX ||
				job->load.seat.ticket.urgent);
}

/* Begin a job, if there is a thread for it. Called with the lock held. */
static void admit(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	bool taken;
	int r;

	r = is_slow(&job->load) ? crew_prepare(ctx, job) : -EAGAIN;
	job->lacks_thread = r == -EBUSY;
	taken = r == 0 && crew_run(ctx, job);
	if (!taken && (r == -EBUSY || !has_place(&ctx->worker, job)))
		return;
	queue_begin(job);
	if (!taken)
		add(&ctx->worker, job);
}

/* Called with the lock held. */
static void admit_all(struct dmaload_ctx *ctx, bool urgent)
{
	struct dmaload_job *job, *next;

	for (job = ctx->queued; job; job = next) {
		next = job->next_queued;
		if (may_begin(job) && job->load.seat.ticket.urgent == urgent)
			admit(ctx, job);
	}
}

bool roster_hand_over(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	bool taken;
	int r;

	pthread_mutex_lock(&ctx->lock);
	r = crew_prepare(ctx, job);
	pthread_mutex_unlock(&ctx->lock);
	if (r == -EBUSY)
		return false;
	roster_remove(ctx, job);
	job->load.seat.pump = NULL;
	pthread_mutex_lock(&ctx->lock);
	taken = r == 0 && crew_run(ctx, job);
	pthread_mutex_unlock(&ctx->lock);
	if (taken)
		return true;
	/* No other thread can run it, so run it here, even though other jobs
	 * wait. */
	run_alone(job);
	queue_end(job);
	return true;
}

bool roster_needs_thread(const struct dmaload_job *job)
{
	const struct load *load = &job->load;

	if (job->begun)
		return load->slow && load->seat.taken == 0;
	return is_slow(load) || is_in_use(load);
}

void roster_begin(struct dmaload_ctx *ctx)
{
	admit_all(ctx, true);
	admit_all(ctx, false);
}
