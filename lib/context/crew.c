/* SPDX-License-Identifier: MIT */
#include "context/crew.h"

#include <errno.h>
#include <stdlib.h>

#include "common/thread.h"
#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "context/run.h"
#include "context/worker.h"
#include "file/file.h"

/* The maximum, not counting the jobs that wait for streams. */
#define MEMBERS_MAX 16

struct member {
	struct dmaload_ctx *ctx;
	pthread_t thread;
	bool idle;
	bool ends;
	struct member *next;
};

/* Return true if a job may wait for a stream for any time. Such jobs do not
 * count towards the limit, so they leave the other jobs their threads. */
static bool waits_for_stream(const struct dmaload_job *job)
{
	uint32_t i;

	for (i = 0; i < job->load.n_files; i++)
		if (job->load.files[i].file->stream)
			return true;
	return false;
}

/* Called with the lock held. */
static struct dmaload_job *next_job(struct crew *crew)
{
	struct dmaload_job *job = crew->first;

	if (job)
		crew->first = job->next_done;
	return job;
}

/* Called with the lock held. */
static void set_idle(struct member *member, bool idle)
{
	struct crew *crew = &member->ctx->crew;

	crew->idle += (unsigned)idle - member->idle;
	member->idle = idle;
}

/* Called with the lock held. */
static void wake_worker(struct dmaload_ctx *ctx)
{
	if (!ctx->crew.wanted)
		return;
	ctx->crew.wanted = false;
	worker_wake(ctx);
	pthread_cond_broadcast(&ctx->changed);
}

/* Called with the lock held; releases it while the job runs. */
static void do_job(struct member *member, struct dmaload_job *job)
{
	struct dmaload_ctx *ctx = member->ctx;
	const bool limited = !waits_for_stream(job);

	set_idle(member, false);
	pthread_mutex_unlock(&ctx->lock);
	run_alone(job);
	queue_end(job);
	pthread_mutex_lock(&ctx->lock);
	set_idle(member, true);
	ctx->crew.limited -= limited;
	wake_worker(ctx);
}

static void *serve(void *arg)
{
	struct member *member = arg;
	struct dmaload_ctx *ctx = member->ctx;
	struct dmaload_job *job;

	pthread_mutex_lock(&ctx->lock);
	while (!member->ends) {
		job = next_job(&ctx->crew);
		if (job)
			do_job(member, job);
		else
			pthread_cond_wait(&ctx->crew.call, &ctx->lock);
	}
	pthread_mutex_unlock(&ctx->lock);
	return NULL;
}

static bool start(struct dmaload_ctx *ctx)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		return false;
	member->ctx = ctx;
	if (thread_start(&member->thread, NULL, serve, member) < 0) {
		free(member);
		return false;
	}
	member->next = ctx->crew.members;
	ctx->crew.members = member;
	set_idle(member, true);
	return true;
}

static unsigned count(const struct dmaload_job *job)
{
	unsigned n = 0;

	for (; job; job = job->next_done)
		n++;
	return n;
}

/* Return true if a thread has no job and is about to get none. */
static bool has_thread(const struct crew *crew)
{
	return crew->idle > count(crew->first);
}

int crew_prepare(struct dmaload_ctx *ctx, const struct dmaload_job *job)
{
	struct crew *crew = &ctx->crew;
	bool ready = waits_for_stream(job) || crew->limited < MEMBERS_MAX;

	ready = ready && (has_thread(crew) || start(ctx));
	if (ready)
		return 0;
	/* No thread will become free. */
	if (crew->limited == 0)
		return -EAGAIN;
	crew->wanted = true;
	return -EBUSY;
}

bool crew_run(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	struct crew *crew = &ctx->crew;
	struct dmaload_job **at = &crew->first;

	/* The thread may have been trimmed meanwhile. */
	if (!has_thread(crew) && !start(ctx))
		return false;
	crew->limited += !waits_for_stream(job);
	while (*at)
		at = &(*at)->next_done;
	*at = job;
	job->next_done = NULL;
	pthread_cond_signal(&crew->call);
	return true;
}

/* Remove idle threads that have no job coming, or all threads. Called with the
 * lock held. */
static struct member *remove_idle(struct crew *crew, bool all)
{
	struct member **at = &crew->members, *ending = NULL, *member;
	unsigned coming = count(crew->first);

	while ((member = *at)) {
		if (!all && (!member->idle || crew->idle <= coming)) {
			at = &member->next;
			continue;
		}
		set_idle(member, false);
		member->ends = true;
		*at = member->next;
		member->next = ending;
		ending = member;
	}
	return ending;
}

void crew_trim(struct dmaload_ctx *ctx, bool all)
{
	struct member *ending, *next;

	pthread_mutex_lock(&ctx->lock);
	ending = remove_idle(&ctx->crew, all);
	pthread_cond_broadcast(&ctx->crew.call);
	pthread_mutex_unlock(&ctx->lock);
	for (; ending; ending = next) {
		next = ending->next;
		pthread_join(ending->thread, NULL);
		free(ending);
	}
}
