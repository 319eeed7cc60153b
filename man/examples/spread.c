/* SPDX-License-Identifier: MIT */
/* EXAMPLE: Load a file into as many dma-bufs as it needs: */
#include <dmaload.h>
#include <dmaload/spread.h>
#include <inttypes.h>
#include <stdio.h>

static int load(struct dmaload_ctx *ctx, struct dmaload_file *file,
		const char *source, struct dmaload_error *err)
{
	const struct dmaload_range *ranges;
	struct dmaload_spread *spread;
	size_t count, i;
	int r;

	r = dmaload_spread_create(&spread, source, file, 0,
				  DMALOAD_TO_END, 0, err);
	if (r < 0)
		return r;
	ranges = dmaload_spread_ranges(spread);
	count = dmaload_spread_count(spread);
	r = dmaload_load(ctx, ranges, count, NULL, NULL, err);
	for (i = 0; r == 0 && i < count; i++)
		printf("fd %d: %" PRIu64 " bytes from %" PRIu64 " on\n",
		       dmaload_buffer_fd(ranges[i].buffer),
		       ranges[i].length, ranges[i].file_offset);
	dmaload_spread_destroy(spread);
	return r;
}

int main(int argc, char **argv)
{
	const char *source = argc > 2 ? argv[2] : NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = load(ctx, file, source, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r < 0;
}
