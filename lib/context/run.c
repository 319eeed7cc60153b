/* SPDX-License-Identifier: MIT */
/* Run a job, in any thread: that of a blocking caller, the worker, which runs
 * many in turn, or a thread for this job alone. */
#include "context/run.h"

#include <errno.h>

#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "io/engine.h"
#include "io/pump.h"
#include "job/story.h"
#include "sys/error.h"

/* Notify waiting threads of complete ranges. */
static void notify_progress(struct dmaload_job *job)
{
	const size_t complete = queue_complete(job);

	if (complete == job->complete)
		return;
	job->complete = complete;
	pthread_mutex_lock(&job->ctx->lock);
	queue_notify(job);
	pthread_mutex_unlock(&job->ctx->lock);
}

/* Check for a stop between two steps. Return 0 to go on, or -errno. */
static int check_wakeups(struct dmaload_job *job)
{
	/* Notify before the progress function, which may take long. */
	notify_progress(job);
	return load_check_wakeups(&job->load);
}

/* Do one step. Return 1 if there is more to do, else the result of the load so
 * far. */
static int do_step(struct dmaload_job *job, bool *idle)
{
	struct seat *seat = &job->load.seat;
	int r, stop = 0;

	r = load_step(&job->load, idle);
	if (r < 0)
		notify_progress(job);
	else if (r == 0 || !*idle || seat->taken == 0)
		stop = check_wakeups(job);
	if (stop < 0 || r <= 0)
		return stop < 0 ? stop : r;
	/* Urgent loads may have gone first meanwhile. */
	if (*idle && seat->blocked)
		*idle = engine_is_blocked(seat);
	return r;
}

static int do_turn(struct dmaload_job *job, bool *idle)
{
	struct load *load = &job->load;
	int r = 0;

	*idle = false;
	if (job->probed)
		return load_end(load, load_probe(load, job->probed));
	if (!job->begun)
		r = load_begin(load);
	job->begun = true;
	if (r == 0)
		r = do_step(job, idle);
	return r > 0 ? r : load_end(load, r);
}

static void note_filter(struct dmaload_job *job)
{
	const struct filter *filter = &job->filter;

	stats_syscalls(&job->load.stats, filter->level, filter->fact,
		       filter->remedy);
}

/* The permitted system calls depend on the thread, so determine them for each
 * turn. */
bool run_turn(struct dmaload_job *job, bool *idle)
{
	struct filter before;
	int r;

	if (!job->filter.entered)
		job->filter = filter_begin(job->load.seat.engine->syscalls);
	before = filter_swap(job->filter);
	r = do_turn(job, idle);
	job->filter = filter_swap(before);
	if (r > 0)
		return true;
	note_filter(job);
	job->result = r;
	return false;
}

/* Give a job its own pump, if the worker has begun it on a shared one. */
static bool take_seat(struct dmaload_job *job)
{
	struct load *load = &job->load;

	load->seat.shared = load->slow = false;
	if (!job->begun || load->seat.pump)
		return true;
	load->seat.pump = engine_get_pump(load->seat.engine,
					  load->seat.ringless);
	if (load->seat.pump)
		return true;
	job->result = load_end(load, fail(load->err, -ENOMEM, "no memory for the "
					  "slots of a load"));
	note_filter(job);
	return false;
}

/* Wait for the disk, for another thread that takes bytes, or for a slot. */
static void wait_for(struct seat *seat, unsigned seen, uint64_t deadline)
{
	if (seat->given > 0)
		engine_wait_for_pump(seat->engine, seat->pump, seen, 0);
	else if (seat->in_flight > 0)
		pump_reap(seat->pump, true);
	else
		engine_wait(seat->engine, seen, deadline);
}

void run_alone(struct dmaload_job *job)
{
	struct load *load = &job->load;
	struct engine *engine = load->seat.engine;
	bool more, idle;
	unsigned seen;

	more = take_seat(job);
	while (more) {
		seen = engine->changes;
		more = run_turn(job, &idle);
		if (!more || !idle)
			continue;
		wait_for(&load->seat, seen, load->request.options.deadline_ns);
	}
}
