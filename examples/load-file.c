/* SPDX-License-Identifier: MIT */
/*
 * Load a file into a dma-buf: allocate, SYNC, O_DIRECT read, SYNC, in one call.
 *
 *   load-file FILE [SOURCE]
 *
 * Build it by:
 *
 *   cc -o load-file load-file.c $(pkg-config --cflags --libs dmaload)
 */
#include <dmaload.h>
#include <inttypes.h>
#include <stdio.h>

static int load(const char *path, const char *source, struct dmaload_error *err)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	char text[2048];
	int r;

	r = dmaload_ctx_create(&ctx, NULL, err);
	if (r == 0)
		r = dmaload_file_open(&file, path, err);
	if (r == 0)
		r = dmaload_buffer_create(&buffer, source,
					  dmaload_file_size(file), err);
	if (r == 0)
		r = dmaload_load(ctx, &(struct dmaload_range){
			.file = file,
			.buffer = buffer,
			.length = DMALOAD_TO_END,
		}, 1, NULL, &report, err);

	if (r == 0) {
		/* Here dmaload_buffer_fd(buffer) goes to the device's driver. */
		dmaload_report_format(&report, text, sizeof(text));
		printf("%s lies in a %s dma-buf of %" PRIu64 " bytes, fd %d\n%s",
		       path, dmaload_buffer_source(buffer),
		       dmaload_buffer_size(buffer), dmaload_buffer_fd(buffer),
		       text);
	}
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r;
}

int main(int argc, char **argv)
{
	struct dmaload_error err;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE [SOURCE]\n", argv[0]);
		return 2;
	}
	if (load(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
		return 1;
	}
	return 0;
}
