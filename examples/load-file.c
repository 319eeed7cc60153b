/* SPDX-License-Identifier: MIT */
/*
 * Load a file into a dma-buf with three calls: load it, use the fd, destroy the
 * buffer.
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

int main(int argc, char **argv)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	char text[2048];

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE [SOURCE]\n", argv[0]);
		return 2;
	}
	if (dmaload_load_file(&buffer, argv[1], argv[2], NULL, &report, &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
		return 1;
	}
	/* Pass dmaload_buffer_fd(buffer) to the device's driver here. */
	dmaload_report_format(&report, text, sizeof(text));
	printf("%s is in a buffer from %s of %" PRIu64 " bytes, fd %d\n%s", argv[1],
	       dmaload_buffer_source(buffer), dmaload_buffer_size(buffer),
	       dmaload_buffer_fd(buffer), text);
	dmaload_buffer_destroy(buffer);
	return 0;
}
