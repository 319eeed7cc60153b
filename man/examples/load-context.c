/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <stdio.h>

/* EXAMPLE: A context with a pool of 1 MiB: */
static int small_context(struct dmaload_ctx **out,
			 struct dmaload_error *err)
{
	struct dmaload_config config = DMALOAD_CONFIG_INIT;

	config.chunk_bytes = 256 << 10;
	config.queue_depth = 4;
	return dmaload_ctx_create(out, &config, err);
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_error err;
	struct dmaload_ctx *ctx;

	(void)argc;
	if (small_context(&ctx, &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
		return 1;
	}
	dmaload_ctx_destroy(ctx);
	return 0;
}
