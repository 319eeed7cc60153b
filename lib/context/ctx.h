/* SPDX-License-Identifier: MIT */
/*
 * Receives: how to read.
 * Hands on: the engine and the queue that all loads of a context share.
 * Always:   the context lives until its owner has destroyed it and its last job
 *           is freed.
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
	/* The process that created it, from sys_process(). */
	uint64_t process;

	/* Protects everything below, and the states of the jobs. */
	pthread_mutex_t lock;
	/* Signaled on every change. Uses CLOCK_MONOTONIC. */
	pthread_cond_t changed;
	/* References: the context's owner, each job, and a thread that ends a
	 * job of another context. */
	atomic_uint refs;
	/* Jobs that have not ended, in the order of arrival, and where the next
	 * one goes; then those of them that have not begun. */
	struct dmaload_job *first;
	struct dmaload_job **end;
	struct dmaload_job *queued;
	struct dmaload_job **queued_end;
	bool closing;
	/* The threads for submitted jobs. */
	struct worker worker;
	struct crew crew;

	/* The part of the context that claims.h knows. */
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
