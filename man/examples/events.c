/* SPDX-License-Identifier: MIT */
/* EXAMPLE: Load a file in eight parts, one job each, and print when
 * each is complete: */
#include <dmaload.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#define PARTS 8

static int follow(struct dmaload_events *events,
		  struct dmaload_error *err)
{
	struct dmaload_event event = DMALOAD_EVENT_INIT;
	struct pollfd wait = { .events = POLLIN };
	int r;

	wait.fd = dmaload_events_fd(events, err);
	if (wait.fd < 0)
		return wait.fd;
	do {
		poll(&wait, 1, -1);
		while ((r = dmaload_events_next(events, 0, &event, NULL,
						err)) == 0) {
			if (event.result < 0) {
				*err = event.error;
				return event.result;
			}
			printf("part %d is complete\n",
			       (int)event.user_data);
		}
	} while (r == -EINPROGRESS);
	return r == -ENODATA ? 0 : r;
}

static int load(struct dmaload_ctx *ctx, struct dmaload_file *file,
		struct dmaload_buffer *buffer, struct dmaload_error *err)
{
	struct dmaload_options options = DMALOAD_OPTIONS_INIT;
	const uint64_t length = dmaload_file_size(file) / PARTS;
	unsigned i;
	int r;

	r = dmaload_events_create(&options.events, ctx, err);
	for (i = 0; r == 0 && i < PARTS; i++) {
		options.user_data = i;
		r = dmaload_submit(NULL, ctx, DMALOAD_LOAD,
				   &(struct dmaload_range){
			.file = file,
			.file_offset = i * length,
			.buffer = buffer,
			.buffer_offset = i * length,
			.length = i < PARTS - 1 ? length
						: DMALOAD_TO_END,
		}, 1, &options, err);
	}
	if (r == 0)
		r = follow(options.events, err);
	dmaload_events_destroy(options.events);
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
