/* SPDX-License-Identifier: MIT */
/* EXAMPLE: Load a file into a dma-buf of the recommended source, or of
 * a named one, and print the report: */
#include <dmaload.h>
#include <stdio.h>

static int load(const char *path, const char *source,
		struct dmaload_error *err)
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
		/* Pass dmaload_buffer_fd(buffer) to a driver here. */
		dmaload_report_format(&report, text, sizeof(text));
		fputs(text, stdout);
	}
	dmaload_buffer_destroy(buffer);
	dmaload_file_close(file);
	dmaload_ctx_destroy(ctx);
	return r;
}

int main(int argc, char **argv)
{
	struct dmaload_error err;

	if (argc < 2)
		return 2;
	if (load(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
		return 1;
	}
	return 0;
}
