/* SPDX-License-Identifier: MIT */
/*
 * One thread runs any number of jobs. It gives each a turn, urgent jobs first,
 * and waits for the ring when no job can continue. So chunks of many small jobs
 * are in flight together, and a job needs no thread of its own.
 */
#include "context/worker.h"

#include "common/thread.h"
#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "context/roster.h"
#include "context/run.h"
#include "io/engine.h"
#include "io/pump.h"
#include "job/story.h"
#include "load/outcome.h"
#include "sys/error.h"
#include "sys/sys.h"

/* Turns before the thread checks for new jobs, so that these begin before
 * others end. Jobs that have ended by then are reported together, which wakes
 * each waiting thread once and takes each lock once. After a wait, the first
 * few jobs are reported early, so that callers can submit more meanwhile. */
#define TURNS_FIRST 4u
#define TURNS_MAX 32u

/* A broken ring serves no further load. */
static void drop_broken_ring(struct dmaload_ctx *ctx)
{
	struct pump *pump = ctx->worker.pump;

	if (pump->broken && pump->in_flight == 0)
		engine_drop_ring(&ctx->engine, pump);
}

/* Set aside a job that has its result. */
static void set_aside(struct worker *worker, struct dmaload_job *job)
{
	*worker->ended_end = job;
	worker->ended_end = &job->next_done;
}

/* End the jobs that were set aside. */
static void end_set_aside(struct worker *worker)
{
	struct dmaload_job *jobs = worker->ended;

	worker->ended = NULL;
	worker->ended_end = &worker->ended;
	if (jobs)
		queue_end_all(jobs);
}

/* Move a job on. Return false if nothing can be done before a completion. */
static bool move(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	struct worker *worker = &ctx->worker;
	bool idle, more;

	if (roster_needs_thread(job)) {
		end_set_aside(worker);
		if (roster_hand_over(ctx, job))
			return true;
		if (load_check_stop(&job->load) == 0)
			return false;
	}
	if (!job->begun)
		job->filter = worker->filter;
	more = run_turn(job, &idle);
	worker->filter = job->filter;
	if (!more) {
		drop_broken_ring(ctx);
		roster_remove(ctx, job);
		set_aside(worker, job);
		return true;
	}
	return !idle || roster_needs_thread(job);
}

/* Reap completions if the disk has few requests: it would be idle before every
 * job has had its turn. Return true if a request may have completed of a job
 * that had its turn. */
static bool feed_disk(struct worker *worker)
{
	if (!worker->pump || !pump_is_short(worker->pump))
		return false;
	pump_reap(worker->pump, false);
	return true;
}

static bool is_urgent(const struct dmaload_job *job)
{
	return job->load.seat.ticket.urgent;
}

/* Give new jobs their first turn, so that their requests are in flight early.
 * Return false if none can continue. */
static bool begin_new(struct dmaload_ctx *ctx, bool urgent)
{
	struct dmaload_job *job, *next;
	bool moved = false;

	for (job = ctx->worker.jobs; job; job = next) {
		next = job->next_done;
		if (job->begun || is_urgent(job) != urgent)
			continue;
		moved |= move(ctx, job);
		moved |= feed_disk(&ctx->worker);
	}
	return moved;
}

/* Give a turn to all jobs, or to the next few. Return false if none can
 * continue. */
static bool move_some(struct dmaload_ctx *ctx, bool urgent)
{
	struct worker *worker = &ctx->worker;
	const uint64_t from = worker->next_order[urgent];
	struct dmaload_job *job, *next;
	unsigned moved = 0;

	for (job = worker->jobs; job && moved < worker->turns; job = next) {
		next = job->next_done;
		if (is_urgent(job) != urgent || job->load.seat.ticket.order < from ||
		    (job->begun && load_is_idle(&job->load)))
			continue;
		moved += move(ctx, job);
		moved += feed_disk(worker);
	}
	worker->next_order[urgent] = job ? job->load.seat.ticket.order : 0;
	/* The first jobs were skipped. */
	return moved > 0 || from > 0;
}

/* Return the first deadline of the worker's jobs and of the queued jobs; 0 if
 * none has one. */
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

/* Give turns to all jobs that can continue. If none can, wait for a change
 * after seen. */
static void do_jobs(struct dmaload_ctx *ctx, unsigned seen)
{
	struct worker *worker = &ctx->worker;
	bool moved;

	moved = move_some(ctx, true);
	moved |= begin_new(ctx, false);
	moved |= move_some(ctx, false);
	end_set_aside(worker);
	worker->turns = moved ? 2 * worker->turns : TURNS_FIRST;
	if (worker->turns > TURNS_MAX)
		worker->turns = TURNS_MAX;
	if (!moved)
		engine_wait_for_pump(&ctx->engine, worker->pump, seen,
				     first_deadline(worker));
}

/* The jobs share a pump. The worker returns it while it has no jobs. Called
 * with the lock held; releases it meanwhile. */
static void exchange_pump(struct dmaload_ctx *ctx)
{
	struct pump *pump = ctx->worker.pump;

	pthread_mutex_unlock(&ctx->lock);
	if (pump) {
		engine_put_pump(&ctx->engine, pump);
		pump = NULL;
	} else {
		pump = engine_get_pump(&ctx->engine, false);
		if (!pump)
			sys_nap();
	}
	pthread_mutex_lock(&ctx->lock);
	ctx->worker.pump = pump;
}

/* End the jobs that have to end, and begin those that may. Called with the lock
 * held. */
static void check_ctx(struct dmaload_ctx *ctx)
{
	struct worker *worker = &ctx->worker;

	if (!worker->check_queue && (worker->deadline == 0 ||
				     sys_now() < worker->deadline))
		return;
	worker->check_queue = false;
	worker->deadline = queue_expire(ctx);
	roster_begin(ctx);
}

static void *work(void *arg)
{
	struct dmaload_ctx *ctx = arg;
	struct worker *worker = &ctx->worker;
	unsigned seen;

	pthread_mutex_lock(&ctx->lock);
	while (ctx->first || !ctx->closing || worker->pump) {
		seen = ctx->engine.changes;
		check_ctx(ctx);
		if (!worker->pump != !roster_has_work(ctx)) {
			exchange_pump(ctx);
			worker->check_queue = true;
		} else if (worker->jobs) {
			pthread_mutex_unlock(&ctx->lock);
			do_jobs(ctx, seen);
			pthread_mutex_lock(&ctx->lock);
		} else if (!worker->check_queue) {
			queue_wait(ctx, worker->deadline);
			worker->check_queue = true;
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
	ctx->worker.ended_end = &ctx->worker.ended;
	ctx->worker.turns = TURNS_FIRST;
	r = thread_start(&ctx->worker.thread, NULL, work, ctx);
	if (r < 0)
		return fail(err, r, "cannot start the context's thread: %s",
			    error_text(r));
	ctx->worker.started = true;
	return 0;
}

void worker_wake(struct dmaload_ctx *ctx)
{
	ctx->worker.check_queue = true;
	engine_wake(&ctx->engine);
}

void worker_join(struct dmaload_ctx *ctx)
{
	if (ctx->worker.started)
		pthread_join(ctx->worker.thread, NULL);
}
