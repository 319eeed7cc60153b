/* SPDX-License-Identifier: MIT */
/*
 * One thread moves any number of jobs, each a turn at a time, urgent ones first, and waits
 * for the ring when none can go on. So chunks of many small jobs are in flight together,
 * and none costs a thread.
 *
 * What could keep such a thread from the other jobs is done by a thread of its own (crew.c):
 * streams, stores, buffered reads, progress functions, buffers that are being populated
 * and dma-bufs that a device is using. Buffered reads show only on the way: then the job
 * is handed over when nothing of it is in flight.
 */
#include "context/worker.h"

#include <errno.h>

#include "buffer/buffer.h"
#include "common/thread.h"
#include "context/crew.h"
#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "context/run.h"
#include "file/file.h"
#include "io/engine.h"
#include "io/pump.h"
#include "load/outcome.h"
#include "sys/error.h"
#include "sys/sys.h"

/* As many as have a slot each. */
#define JOBS_MAX SLOTS_MAX

static bool is_slow(const struct load *load)
{
	const uint32_t buffered = DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED);
	uint32_t i;

	if (load->request.operation == DMALOAD_STORE || load->request.options.progress ||
	    load->request.options.paths == buffered)
		return true;
	for (i = 0; i < load->n_files; i++)
		if (load->files[i].file->stream)
			return true;
	for (i = 0; i < load->n_buffers; i++)
		if (!buffer_is_made(load->buffers[i].buffer))
			return true;
	return false;
}

/* A bracket would have to wait for a device. */
static bool is_in_use(const struct load *load)
{
	uint32_t i;

	for (i = 0; i < load->n_buffers; i++)
		if (!buffer_is_idle(load->buffers[i].buffer))
			return true;
	return false;
}

/* In the order in which slots go to them. */
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

/* The last one takes the pump along, before anybody knows that it has ended: then nothing of
 * the context is in use. */
static void take_out(struct dmaload_ctx *ctx, struct dmaload_job *job)
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
	/* There is room for another. */
	worker->looks = true;
	if (worker->jobs)
		return;
	worker->pump = NULL;
	engine_put_pump(&ctx->engine, pump);
}

static bool may_begin(const struct dmaload_job *job)
{
	return job->state == JOB_QUEUED && !job->blocking && !job->load.blocker;
}

static bool has_work(const struct dmaload_ctx *ctx)
{
	const struct dmaload_job *job = ctx->first;

	while (job && (!may_begin(job) || job->lacks_thread))
		job = job->next;
	return ctx->worker.jobs || job;
}

/* Begin a job, if there is a thread for it, or a pump. Locked. */
static void admit(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	bool taken;
	int r;

	r = is_slow(&job->load) ? crew_prepare(ctx, job) : -EAGAIN;
	job->lacks_thread = r == -EBUSY;
	taken = r == 0 && crew_take(ctx, job);
	if (!taken && (r == -EBUSY || !ctx->worker.pump))
		return;
	job->state = JOB_RUNNING;
	if (!taken)
		add(&ctx->worker, job);
}

/* Begin what may begin; of ordinary ones, as many as may have a slot. Locked. */
static void admit_all(struct dmaload_ctx *ctx, bool urgent)
{
	struct dmaload_job *job;

	for (job = ctx->first; job; job = job->next)
		if (may_begin(job) && job->load.seat.ticket.urgent == urgent &&
		    (urgent || ctx->worker.count < JOBS_MAX))
			admit(ctx, job);
}

/* To a thread of its own. False if there is none for it now. */
static bool hand_over(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	bool taken;
	int r;

	pthread_mutex_lock(&ctx->lock);
	r = crew_prepare(ctx, job);
	pthread_mutex_unlock(&ctx->lock);
	if (r == -EBUSY)
		return false;
	take_out(ctx, job);
	job->load.seat.pump = NULL;
	pthread_mutex_lock(&ctx->lock);
	taken = r == 0 && crew_take(ctx, job);
	pthread_mutex_unlock(&ctx->lock);
	if (taken)
		return true;
	/* Here, then, whatever waits for that. */
	run_alone(job);
	queue_end(job);
	return true;
}

/* Others would have to wait for what it does next. */
static bool needs_thread(const struct dmaload_job *job)
{
	const struct load *load = &job->load;

	if (job->begun)
		return load->slow && load->seat.taken == 0;
	return is_slow(load) || is_in_use(load);
}

/* It serves nobody any more. */
static void drop_broken_ring(struct dmaload_ctx *ctx)
{
	struct pump *pump = ctx->worker.pump;

	if (pump->broken && pump->in_flight == 0)
		engine_drop_ring(&ctx->engine, pump);
}

/* False: nothing can be done for it before something arrives. */
static bool move(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	struct worker *worker = &ctx->worker;
	bool idle, more;

	if (needs_thread(job)) {
		if (hand_over(ctx, job))
			return true;
		if (load_stopped(&job->load) == 0)
			return false;
	}
	if (!job->begun)
		job->filter = worker->filter;
	more = run_turn(job, &idle);
	worker->filter = job->filter;
	if (!more) {
		drop_broken_ring(ctx);
		take_out(ctx, job);
		queue_end(job);
		return true;
	}
	return !idle || needs_thread(job);
}

/* A disk with few requests would be idle before all jobs have had their turn. True if
 * something may have arrived for one that has had it. */
static bool feed_disk(struct worker *worker)
{
	if (!worker->pump || !pump_is_short(worker->pump))
		return false;
	pump_reap(worker->pump, false);
	return true;
}

/* A turn for each. False if none can go on. */
static bool move_all(struct dmaload_ctx *ctx, bool urgent)
{
	struct dmaload_job *job, *next;
	bool moved = false;

	for (job = ctx->worker.jobs; job; job = next) {
		next = job->next_done;
		if (job->load.seat.ticket.urgent != urgent)
			continue;
		moved |= move(ctx, job);
		moved |= feed_disk(&ctx->worker);
	}
	return moved;
}

/* The time of the first deadline of its jobs and of those in the queue; 0: there is none. */
static uint64_t first_deadline(const struct worker *worker)
{
	uint64_t first = worker->deadline, deadline;
	const struct dmaload_job *job;

	for (job = worker->jobs; job; job = job->next_done) {
		deadline = job->load.request.options.deadline_ns;
		if (deadline != 0 && (first == 0 || deadline < first))
			first = deadline;
	}
	return first;
}

/* Move all jobs as far as they go. What has changed since it was seen may concern them. */
static void do_jobs(struct dmaload_ctx *ctx, unsigned seen)
{
	const struct worker *worker = &ctx->worker;
	bool moved;

	moved = move_all(ctx, true);
	moved |= move_all(ctx, false);
	if (!moved)
		engine_wait_for_pump(&ctx->engine, worker->pump, seen,
				     first_deadline(worker));
}

/* Jobs share a pump, which is nobody's while there are none. Locked, but not meanwhile. */
static void exchange_pump(struct dmaload_ctx *ctx)
{
	struct pump *pump = ctx->worker.pump;

	pthread_mutex_unlock(&ctx->lock);
	if (pump) {
		engine_put_pump(&ctx->engine, pump);
		pump = NULL;
	} else {
		pump = engine_take_pump(&ctx->engine);
		if (!pump)
			sys_nap();
	}
	pthread_mutex_lock(&ctx->lock);
	ctx->worker.pump = pump;
}

/* End what has to end, and begin what may. Locked. */
static void look(struct dmaload_ctx *ctx)
{
	struct worker *worker = &ctx->worker;

	if (!worker->looks && (worker->deadline == 0 ||
			       sys_now() < worker->deadline))
		return;
	worker->looks = false;
	worker->deadline = queue_expire(ctx);
	admit_all(ctx, true);
	admit_all(ctx, false);
}

static void *work(void *arg)
{
	struct dmaload_ctx *ctx = arg;
	struct worker *worker = &ctx->worker;
	unsigned seen;

	pthread_mutex_lock(&ctx->lock);
	while (ctx->first || !ctx->closing || worker->pump) {
		seen = ctx->engine.changes;
		look(ctx);
		if (!worker->pump != !has_work(ctx)) {
			exchange_pump(ctx);
			worker->looks = true;
		} else if (worker->jobs) {
			pthread_mutex_unlock(&ctx->lock);
			do_jobs(ctx, seen);
			pthread_mutex_lock(&ctx->lock);
		} else if (!worker->looks) {
			queue_wait(ctx, worker->deadline);
			worker->looks = true;
		}
	}
	pthread_mutex_unlock(&ctx->lock);
	return NULL;
}

int worker_start(struct dmaload_ctx *ctx, struct dmaload_error *err)
{
	int r;

	if (ctx->worker.started)
		return 0;
	r = thread_start(&ctx->worker.thread, NULL, work, ctx);
	if (r < 0)
		return fail(err, r, "the context's thread cannot be started: %s",
			    error_text(r));
	ctx->worker.started = true;
	return 0;
}

void worker_wake(struct dmaload_ctx *ctx)
{
	ctx->worker.looks = true;
	engine_wake(&ctx->engine);
}

void worker_join(struct dmaload_ctx *ctx)
{
	if (ctx->worker.started)
		pthread_join(ctx->worker.thread, NULL);
}
