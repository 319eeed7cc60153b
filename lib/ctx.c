/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "error.h"
#include "load.h"
#include "options.h"

#define CHUNK_MIN 4096u
#define DEPTH_MAX 64u

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
	if (depth > DEPTH_MAX)
		return fail(err, -EINVAL, "queue_depth %u is more than %u",
			    depth, DEPTH_MAX);
	if ((uint64_t)chunk * depth > DMALOAD_POOL_MAX)
		return fail(err, -EINVAL, "chunk_bytes %u times queue_depth %u "
			    "is more than the %u bytes that may be pinned",
			    chunk, depth, DMALOAD_POOL_MAX);
	return 0;
}

int dmaload_ctx_create(struct dmaload_ctx **out,
		       const struct dmaload_config *config,
		       struct dmaload_error *err)
{
	struct dmaload_config own = { .size = sizeof(own) };
	struct dmaload_ctx *ctx;
	int r;

	if (!out)
		return fail(err, -EINVAL, "no place to put the context");
	if (config && !options_take(&own, sizeof(own), config))
		return fail(err, -EINVAL, "struct dmaload_config has a size, or "
			    "members, that this version does not know");
	if (own.chunk_bytes == 0)
		own.chunk_bytes = DMALOAD_CHUNK_DEFAULT;
	if (own.queue_depth == 0)
		own.queue_depth = DMALOAD_DEPTH_DEFAULT;
	r = check_config(&own, err);
	if (r < 0)
		return r;

	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return fail(err, -ENOMEM, "no memory for a context");
	ctx->chunk_bytes = own.chunk_bytes;
	ctx->queue_depth = own.queue_depth;
	atomic_flag_clear(&ctx->busy);
	*out = ctx;
	return 0;
}

void dmaload_ctx_destroy(struct dmaload_ctx *ctx)
{
	if (!ctx)
		return;
	pool_finish(&ctx->pool);
	free(ctx);
}
