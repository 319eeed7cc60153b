/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* EXAMPLE: Say why a load did not take the direct path: */
static void explain(const struct dmaload_report *report)
{
	enum dmaload_path path = dmaload_report_path(report);
	const char *reason = report->declined[DMALOAD_PATH_DIRECT];

	printf("most bytes took the path %s\n",
	       dmaload_path_name(path));
	if (*reason)
		printf("not direct: %s\n", reason);
}
/* END */

/* EXAMPLE: Print a report of any length: */
static int print_report(const struct dmaload_report *report, FILE *to)
{
	size_t size = dmaload_report_format(report, NULL, 0) + 1;
	char *text = malloc(size);

	if (!text)
		return -ENOMEM;
	dmaload_report_format(report, text, size);
	fputs(text, to);
	free(text);
	return 0;
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_report report = DMALOAD_REPORT_INIT;
	struct dmaload_range range = { .length = 1 << 20 };
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	if (argc < 2)
		return 2;
	r = dmaload_file_open(&range.file, argv[1], &err);
	if (r == 0)
		r = dmaload_buffer_create(&range.buffer, argv[2], range.length, &err);
	if (r == 0)
		r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_load(ctx, &range, 1, NULL, &report, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	else
		r = print_report(&report, stdout);
	explain(&report);
	dmaload_ctx_destroy(ctx);
	dmaload_buffer_destroy(range.buffer);
	dmaload_file_close(range.file);
	return r < 0;
}
