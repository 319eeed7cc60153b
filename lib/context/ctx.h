/* SPDX-License-Identifier: MIT */
/*
 * Receives: how to read.
 * Hands on: the engine and the queue that all loads of a context share.
 * Always:   lives until its owner has destroyed it and its last job is freed.
 */
#ifndef CTX_H
#define CTX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <dmaload/load.h>

#include "context/crew.h"
#include "context/worker.h"
#include "io/engine.h"
#include "job/claims.h"

struct dmaload_job;

struct dmaload_ctx {
	struct engine engine;
	/* The process that made it, by sys_process(). */
	uint64_t process;

	/* Over all that follows, and over the states of the jobs. */
	pthread_mutex_t lock;
	/* Any of it has changed. On CLOCK_MONOTONIC. */
	pthread_cond_t changed;
	/* The context's owner, each job, and whoever ends one from elsewhere. */
	atomic_uint refs;
	/* Jobs that have not ended, in the order of their arrival, and the place of the
	 * next one; those of them that have not begun. */
	struct dmaload_job *first;
	struct dmaload_job **end;
	struct dmaload_job *queued;
	struct dmaload_job **queued_end;
	bool closing;
	/* The threads that do the jobs which nobody waits for. */
	struct worker worker;
	struct crew crew;

	/* The part of the context that claims know. */
	struct owner owner;
};

/*
 * For a call that waits: leave the caller's context as it is, or make one with the
 * defaults if there is none. own is then the new one, which the call destroys at its
 * end, else NULL. 0 or -ENOMEM.
 */
int ctx_for_call(struct dmaload_ctx **ctx, struct dmaload_ctx **temporary,
		 struct dmaload_error *err);

void ctx_ref(struct dmaload_ctx *ctx);
void ctx_unref(struct dmaload_ctx *ctx);

#endif
