/* SPDX-License-Identifier: MIT */
#include "context/ctx.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "context/queue.h"
#include "io/pump.h"
#include "load/callback.h"
#include "sys/error.h"
#include "sys/lock.h"
#include "sys/sys.h"
#include "sys/versioned_struct.h"

#define CHUNK_MIN 4096u

static int check_config(const struct dmaload_config *config,
			struct dmaload_error *err)
{
	const uint32_t chunk = config->chunk_bytes;
	const uint32_t depth = config->queue_depth;

	if (chunk < CHUNK_MIN || chunk > DMALOAD_POOL_MAX ||
	    (chunk & (chunk - 1)) != 0)
		return fail(err, -EINVAL, "chunk_bytes %u is not a power of two "
			    "from %u to %u", chunk, CHUNK_MIN,
			    DMALOAD_POOL_MAX);
	if (depth > SLOTS_MAX)
		return fail(err, -EINVAL, "queue_depth %u is more than %d",
			    depth, SLOTS_MAX);
	if (config->engine > DMALOAD_ENGINE_THREADS ||
	    config->syscalls > DMALOAD_SYSCALLS_ALL)
		return fail(err, -EINVAL, "engine %u or syscalls %u has a value "
			    "that this version does not know", config->engine,
			    config->syscalls);
	if (config->engine == DMALOAD_ENGINE_URING &&
	    config->syscalls != DMALOAD_SYSCALLS_AUTO &&
	    config->syscalls != DMALOAD_SYSCALLS_ALL)
		return fail(err, -EINVAL, "the engine io_uring needs system "
			    "calls that syscalls %s forbids: set it to all",
			    dmaload_syscalls_name(config->syscalls));
	if ((uint64_t)chunk * depth > DMALOAD_POOL_MAX)
		return fail(err, -EINVAL, "chunk_bytes %u times queue_depth %u "
			    "is more than the %u bytes that may be pinned",
			    chunk, depth, DMALOAD_POOL_MAX);
	return 0;
}

/* If only chunk_bytes is set, reduce the depth to fit the limit. */
static uint32_t default_depth(uint32_t chunk_bytes)
{
	const uint32_t max = DMALOAD_POOL_MAX / chunk_bytes;

	return max > 0 && max < DMALOAD_DEPTH_DEFAULT ? max :
							  DMALOAD_DEPTH_DEFAULT;
}

static int init_locks(struct dmaload_ctx *ctx)
{
	if (lock_init(&ctx->lock, &ctx->changed) < 0)
		return -ENOMEM;
	if (pthread_cond_init(&ctx->crew.call, NULL) == 0)
		return 0;
	lock_finish(&ctx->lock, &ctx->changed);
	return -ENOMEM;
}

static struct dmaload_ctx *ctx_of(struct owner *owner)
{
	return (struct dmaload_ctx *)((char *)owner -
				      offsetof(struct dmaload_ctx, owner));
}

static void ref(struct owner *owner)
{
	ctx_ref(ctx_of(owner));
}

static void unref(struct owner *owner)
{
	ctx_unref(ctx_of(owner));
}

static void wake(struct owner *owner)
{
	queue_wake(ctx_of(owner));
}

static void end_stopped(struct owner *owner)
{
	queue_end_stopped(ctx_of(owner));
}

/* Return the caller's configuration twice: as given, and with defaults filled
 * in. */
static int resolve_config(struct dmaload_config *resolved,
			  struct dmaload_config *asked,
			  const struct dmaload_config *config,
			  struct dmaload_error *err)
{
	if (config && !versioned_get(asked, sizeof(*asked), config))
		return fail(err, -EINVAL, "struct dmaload_config has a size, or "
			    "members, that this version does not know");
	*resolved = *asked;
	if (resolved->chunk_bytes == 0)
		resolved->chunk_bytes = DMALOAD_CHUNK_DEFAULT;
	if (resolved->queue_depth == 0)
		resolved->queue_depth = default_depth(resolved->chunk_bytes);
	return check_config(resolved, err);
}

int dmaload_ctx_create(struct dmaload_ctx **out,
		       const struct dmaload_config *config,
		       struct dmaload_error *err)
{
	struct dmaload_config asked = { .size = sizeof(asked) }, resolved;
	struct dmaload_ctx *ctx;
	int r;

	if (!out)
		return fail(err, -EINVAL, "the pointer for the context is "
			    "NULL");
	r = resolve_config(&resolved, &asked, config, err);
	if (r < 0)
		return r;

	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return fail(err, -ENOMEM, "no memory for a context");
	ctx->process = sys_process();
	atomic_init(&ctx->refs, 1);
	ctx->end = &ctx->first;
	ctx->queued_end = &ctx->queued;
	ctx->owner = (struct owner){
		.process = ctx->process,
		.ref = ref,
		.unref = unref,
		.wake = wake,
		.end_stopped = end_stopped,
	};
	r = engine_init(&ctx->engine, &resolved, &asked);
	if (r == 0) {
		r = init_locks(ctx);
		if (r < 0)
			engine_finish(&ctx->engine);
	}
	if (r < 0) {
		free(ctx);
		return fail(err, r, "no memory for a context's locks");
	}
	*out = ctx;
	return 0;
}

int ctx_for_call(struct dmaload_ctx **ctx, struct dmaload_ctx **temporary,
		 struct dmaload_error *err)
{
	int r;

	*temporary = NULL;
	if (*ctx)
		return 0;
	r = dmaload_ctx_create(temporary, NULL, err);
	*ctx = *temporary;
	return r;
}

void ctx_ref(struct dmaload_ctx *ctx)
{
	atomic_fetch_add(&ctx->refs, 1);
}

void ctx_unref(struct dmaload_ctx *ctx)
{
	if (atomic_fetch_sub(&ctx->refs, 1) > 1)
		return;
	engine_finish(&ctx->engine);
	pthread_cond_destroy(&ctx->crew.call);
	lock_finish(&ctx->lock, &ctx->changed);
	free(ctx);
}

void dmaload_ctx_destroy(struct dmaload_ctx *ctx)
{
	/* In a child of fork(), a thread of the parent may hold the lock. */
	if (!ctx)
		return;
	if (ctx->process != sys_process()) {
		engine_disown(&ctx->engine);
		return;
	}
	assert(!callback_is_here(&ctx->engine));
	pthread_mutex_lock(&ctx->lock);
	ctx->closing = true;
	queue_stop_all(ctx);
	while (ctx->first)
		pthread_cond_wait(&ctx->changed, &ctx->lock);
	worker_wake(ctx);
	pthread_cond_broadcast(&ctx->changed);
	pthread_mutex_unlock(&ctx->lock);

	worker_join(ctx);
	crew_trim(ctx, true);
	engine_trim(&ctx->engine);
	ctx_unref(ctx);
}

int dmaload_ctx_trim(struct dmaload_ctx *ctx)
{
	if (!ctx)
		return -EINVAL;
	if (ctx->process != sys_process())
		return -ECHILD;
	crew_trim(ctx, false);
	engine_trim(&ctx->engine);
	return 0;
}
