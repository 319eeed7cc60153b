/* SPDX-License-Identifier: MIT */
/* EXAMPLE: Load the first MiB of a file and then the rest, and print
 * when each is complete: */
#include <dmaload.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>

static int follow(struct dmaload_job *job, struct dmaload_error *err)
{
	struct pollfd wait = { .events = POLLIN };
	size_t index;
	int r;

	wait.fd = dmaload_job_fd(job, err);
	if (wait.fd < 0)
		return wait.fd;
	do {
		poll(&wait, 1, -1);
		while ((r = dmaload_job_next_range(job, &index)) == 0)
			printf("range %zu is complete\n", index);
	} while (r == -EINPROGRESS);
	return dmaload_job_wait(job, DMALOAD_FOREVER, NULL, err);
}

static int load(struct dmaload_ctx *ctx, struct dmaload_file *file,
		struct dmaload_buffer *buffer, struct dmaload_error *err)
{
	const struct dmaload_range ranges[] = {
		{ .file = file, .buffer = buffer, .length = 1 << 20 },
		{ .file = file, .file_offset = 1 << 20,
		  .buffer = buffer, .buffer_offset = 1 << 20,
		  .length = DMALOAD_TO_END, .priority = 1 },
	};
	struct dmaload_job *job;
	int r;

	r = dmaload_submit(&job, ctx, DMALOAD_LOAD, ranges, 2, NULL,
			   err);
	if (r < 0)
		return r;
	r = follow(job, err);
	dmaload_job_destroy(job);
	return r;
}

int main(int argc, char **argv)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_file *file = NULL;
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	int r;

	if (argc < 2)
		return 2;
	r = dmaload_file_open(&file, argv[1], &err);
	if (r == 0)
		r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_buffer_create(&buffer, argv[2],
					  dmaload_file_size(file), &err);
	if (r == 0)
		r = load(ctx, file, buffer, &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	dmaload_buffer_destroy(buffer);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(file);
	return r < 0;
}
