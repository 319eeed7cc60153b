/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <stdio.h>

/* EXAMPLE: Allow all system calls in a container, whose filter returns
 * errors: */
static int context_in_container(struct dmaload_ctx **out,
				struct dmaload_error *err)
{
	struct dmaload_config config = DMALOAD_CONFIG_INIT;
	char reason[DMALOAD_REASON_SIZE];

	config.syscalls = DMALOAD_SYSCALLS_ALL;
	if (dmaload_syscalls_query(reason, sizeof(reason)) <
	    DMALOAD_SYSCALLS_ALL)
		printf("not all by default: %s\n", reason);
	return dmaload_ctx_create(out, &config, err);
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_error err;
	struct dmaload_ctx *ctx;

	(void)argc;
	if (context_in_container(&ctx, &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
		return 1;
	}
	dmaload_ctx_destroy(ctx);
	return 0;
}
