/* SPDX-License-Identifier: MIT */
/* EXAMPLE: Load standard input, a pipe, of at most 64 GiB: */
#include <dmaload.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static int load(struct dmaload_ctx *ctx, struct dmaload_file *stream,
		const char *source, struct dmaload_error *err)
{
	struct dmaload_buffer *buffer;
	uint64_t length;
	int r;

	r = dmaload_load_stream(&buffer, &length, ctx, stream, source,
				0, (uint64_t)64 << 30, NULL, NULL, err);
	if (r < 0)
		return r;
	printf("%" PRIu64 " of %" PRIu64 " bytes of fd %d are used\n",
	       length, dmaload_buffer_size(buffer),
	       dmaload_buffer_fd(buffer));
	dmaload_buffer_destroy(buffer);
	return 0;
}

int main(int argc, char **argv)
{
	const char *source = argc > 2 ? argv[2] : NULL;
	struct dmaload_file *stream = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_file_from_stream(&stream, STDIN_FILENO,
					     &err);
	if (r == 0)
		r = load(ctx, stream, source, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_file_close(stream);
	dmaload_ctx_destroy(ctx);
	return r < 0;
}
