/* SPDX-License-Identifier: MIT */
/* EXAMPLE: Print how many udmabufs a file takes: */
#include <dmaload.h>
#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct dmaload_udmabuf udmabuf = { .size = sizeof(udmabuf) };
	struct dmaload_file *file;
	struct dmaload_error err;
	int r;

	(void)argc;
	r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = dmaload_udmabuf_look(&udmabuf, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	if (udmabuf.access < 0)
		printf("none: %s\n", udmabuf.remedy);
	else if (udmabuf.limit_bytes > 0)
		printf("%" PRIu64 "\n", (dmaload_file_size(file) - 1) /
		       udmabuf.limit_bytes + 1);
	dmaload_file_close(file);
	return 0;
}
