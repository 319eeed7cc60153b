/* SPDX-License-Identifier: MIT */
#include "context/crew.h"

#include <stdlib.h>

#include "common/thread.h"
#include "context/ctx.h"
#include "context/job.h"
#include "context/queue.h"
#include "context/run.h"
#include "file/file.h"

/* But a job that waits for a stream has its own in any case. */
#define MEMBERS_MAX 16

struct member {
	struct dmaload_ctx *ctx;
	pthread_t thread;
	bool idle;
	bool ends;
	struct member *next;
};

/* Locked. */
static struct dmaload_job *next_job(struct crew *crew)
{
	struct dmaload_job *job = crew->first;

	if (job)
		crew->first = job->next_done;
	return job;
}

/* Whoever ends it has counted that. */
static void be_idle(struct member *member)
{
	struct crew *crew = &member->ctx->crew;

	member->idle = true;
	crew->idle++;
	while (member->idle && !crew->first)
		pthread_cond_wait(&crew->call, &member->ctx->lock);
	crew->idle -= member->idle;
	member->idle = false;
}

static void *serve(void *arg)
{
	struct member *member = arg;
	struct dmaload_ctx *ctx = member->ctx;
	struct dmaload_job *job;

	pthread_mutex_lock(&ctx->lock);
	while (!member->ends) {
		job = next_job(&ctx->crew);
		if (!job) {
			be_idle(member);
			continue;
		}
		pthread_mutex_unlock(&ctx->lock);
		run_alone(job);
		queue_end(job);
		pthread_mutex_lock(&ctx->lock);
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
	ctx->crew.count++;
	return true;
}

static bool waits_for_stream(const struct dmaload_job *job)
{
	uint32_t i;

	for (i = 0; i < job->load.n_files; i++)
		if (job->load.files[i].file->stream)
			return true;
	return false;
}

static unsigned count(const struct dmaload_job *job)
{
	unsigned n = 0;

	for (; job; job = job->next_done)
		n++;
	return n;
}

bool crew_take(struct dmaload_ctx *ctx, struct dmaload_job *job)
{
	struct crew *crew = &ctx->crew;
	struct dmaload_job **at = &crew->first;

	/* Those that are idle may have a job by now. */
	if (crew->idle <= count(crew->first) &&
	    (crew->count < MEMBERS_MAX || waits_for_stream(job)) &&
	    !start(ctx) && crew->count == 0)
		return false;
	while (*at)
		at = &(*at)->next_done;
	*at = job;
	job->next_done = NULL;
	pthread_cond_signal(&crew->call);
	return true;
}

/* Take those out that are idle and have no job coming; or all. Locked. */
static struct member *take_out(struct crew *crew, bool all)
{
	struct member **at = &crew->members, *ending = NULL, *member;
	unsigned coming = count(crew->first);

	while ((member = *at)) {
		if (!all && (!member->idle || crew->idle <= coming)) {
			at = &member->next;
			continue;
		}
		crew->idle -= member->idle;
		crew->count--;
		member->idle = false;
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
	ending = take_out(&ctx->crew, all);
	pthread_cond_broadcast(&ctx->crew.call);
	pthread_mutex_unlock(&ctx->lock);
	for (; ending; ending = next) {
		next = ending->next;
		pthread_join(ending->thread, NULL);
		free(ending);
	}
}
