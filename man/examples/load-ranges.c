/* SPDX-License-Identifier: MIT */
#include <dmaload.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* EXAMPLE: Load two parts of a file, the first of them for a device that can
 * start on it early, and give up after ten seconds: */
static int load_parts(struct dmaload_ctx *ctx, struct dmaload_file *file,
		      struct dmaload_buffer *head,
		      struct dmaload_buffer *body,
		      struct dmaload_error *err)
{
	const struct dmaload_range ranges[] = {
		{ .file = file, .buffer = head, .length = 1 << 20 },
		{ .file = file, .file_offset = 1 << 20, .buffer = body,
		  .length = DMALOAD_TO_END, .priority = 1 },
	};
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	options.deadline_ns = ((uint64_t)now.tv_sec + 10) * 1000000000 +
			      (uint64_t)now.tv_nsec;
	return dmaload_load(ctx, ranges, 2, &options, NULL, err);
}
/* END */

/* EXAMPLE: Store the first bytes of a buffer, and return when they are on the
 * disk: */
static int save(struct dmaload_ctx *ctx, struct dmaload_buffer *buffer,
		uint64_t length, const char *path,
		struct dmaload_error *err)
{
	struct dmaload_range range = { .buffer = buffer, .length = length };
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	int r = dmaload_file_create(&range.file, path, 1, err);

	if (r < 0)
		return r;
	options.flags = DMALOAD_DURABLE;
	r = dmaload_store(ctx, &range, 1, &options, NULL, err);
	dmaload_file_close(range.file);
	return r;
}
/* END */

/* EXAMPLE: Load without copying, or not at all: */
static int load_in_place(struct dmaload_ctx *ctx,
			 const struct dmaload_range *range,
			 struct dmaload_error *err)
{
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	enum dmaload_path path;
	int r;

	options.paths = DMALOAD_ALLOW_DIRECT;
	options.cache = DMALOAD_CACHE_BYPASS;
	r = dmaload_probe(ctx, range, &options, &path, NULL, err);
	if (r < 0)
		return r;
	return dmaload_load(ctx, range, 1, &options, NULL, err);
}
/* END */

int main(int argc, char **argv)
{
	struct dmaload_buffer *head = NULL, *body = NULL;
	struct dmaload_range range = { .length = 1 << 20 };
	struct dmaload_ctx *ctx = NULL;
	struct dmaload_error err;
	struct stat st;
	int r;

	if (argc < 2)
		return 2;
	r = dmaload_file_open(&range.file, argv[1], &err);
	if (r == 0)
		r = dmaload_ctx_create(&ctx, NULL, &err);
	if (r == 0)
		r = dmaload_buffer_create(&head, argv[2], range.length, &err);
	if (r == 0)
		r = dmaload_buffer_create(&body, argv[2],
					  dmaload_file_size(range.file), &err);
	if (r == 0)
		r = load_parts(ctx, range.file, head, body, &err);
	range.buffer = head;
	if (r == 0)
		r = load_in_place(ctx, &range, &err);
	/* Not every file system reads into every buffer. */
	if (r == 0 || r == -EOPNOTSUPP)
		r = save(ctx, head, 5000, "saved", &err);
	if (r == 0 && (stat("saved", &st) < 0 || st.st_size != 5000))
		return 1;
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.message);
	else
		unlink("saved");
	dmaload_buffer_destroy(head);
	dmaload_buffer_destroy(body);
	dmaload_ctx_destroy(ctx);
	dmaload_file_close(range.file);
	return r < 0;
}
