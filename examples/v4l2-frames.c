/* SPDX-License-Identifier: MIT */
/*
 * Show the frames of a raw video on a V4L2 output, and store what a V4L2
 * capture device receives meanwhile. Both work on dma-bufs, so no driver copies
 * a frame to or from memory of its own.
 *
 *   v4l2-frames VIDEO WIDTHxHEIGHT OUTPUT CAPTURE RESULT [SOURCE]
 *
 * OUTPUT and CAPTURE are nodes such as /dev/video1 and /dev/video0. VIDEO has
 * frames of RGB24 without padding; RESULT is a new file, and gets as many. If a
 * cable or a driver connects the two nodes, as vivid does, both files are equal.
 *
 * Build it by:
 *
 *   cc -D_GNU_SOURCE -o v4l2-frames v4l2-frames.c fail.c \
 *	$(pkg-config --cflags --libs dmaload)
 */
#include <dmaload.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fail.h"

enum { FORMAT = V4L2_PIX_FMT_RGB24, PIXEL_BYTES = 3, SLOTS = 2 };

struct queue {
	const char *node;
	enum v4l2_buf_type type;
	int fd;
	struct dmaload_buffer *slots[SLOTS];
};

struct video {
	struct dmaload_ctx *ctx;
	struct dmaload_file *frames, *result;
	unsigned width, height;
	uint64_t frame_bytes;
	struct queue output, capture;
};

/* Drivers block, and signals interrupt them. */
static int call(int fd, unsigned long request, void *argument)
{
	int r;

	do
		r = ioctl(fd, request, argument);
	while (r < 0 && errno == EINTR);
	return r;
}

/* A driver may choose other values than those asked for: frames of the file
 * would not fit then. */
static int set_format(const struct video *video, const struct queue *queue)
{
	struct v4l2_format format = { .type = queue->type };

	format.fmt.pix.width = video->width;
	format.fmt.pix.height = video->height;
	format.fmt.pix.pixelformat = FORMAT;
	format.fmt.pix.field = V4L2_FIELD_NONE;
	format.fmt.pix.bytesperline = video->width * PIXEL_BYTES;
	format.fmt.pix.sizeimage = (uint32_t)video->frame_bytes;
	if (call(queue->fd, VIDIOC_S_FMT, &format) < 0)
		return fail(errno, "%s: cannot set the format", queue->node);
	if (format.fmt.pix.pixelformat != FORMAT ||
	    format.fmt.pix.width != video->width ||
	    format.fmt.pix.height != video->height ||
	    format.fmt.pix.sizeimage != video->frame_bytes)
		return fail(0, "%s: no frames of %ux%u RGB24 without padding; "
			    "the driver chooses %ux%u with %u bytes",
			    queue->node, video->width, video->height,
			    format.fmt.pix.width, format.fmt.pix.height,
			    format.fmt.pix.sizeimage);
	return 0;
}

/* Open a node, and make one dma-buf for each slot. The driver has no memory. */
static int queue_open(const struct video *video, struct queue *queue,
		      const char *source)
{
	struct v4l2_requestbuffers request = {
		.count = SLOTS, .type = queue->type, .memory = V4L2_MEMORY_DMABUF,
	};
	struct dmaload_error err;
	int i;

	queue->fd = open(queue->node, O_RDWR | O_CLOEXEC);
	if (queue->fd < 0)
		return fail(errno, "%s", queue->node);
	if (set_format(video, queue) < 0)
		return -1;
	if (call(queue->fd, VIDIOC_REQBUFS, &request) < 0)
		return fail(errno, "%s: the driver imports no dma-bufs",
			    queue->node);
	if (request.count < SLOTS)
		return fail(0, "%s: only %u buffers", queue->node,
			    request.count);
	for (i = 0; i < SLOTS; i++)
		if (dmaload_buffer_create(&queue->slots[i], source,
					  video->frame_bytes, &err) < 0)
			return fail(0, "%s", err.message);
	return 0;
}

/*
 * Lend a dma-buf to the driver. The fd stays ours. The driver keeps its own
 * reference until another fd comes in this slot, or the node is closed.
 */
static int lend(const struct video *video, const struct queue *queue,
		unsigned slot)
{
	struct v4l2_buffer buffer = {
		.index = slot, .type = queue->type, .memory = V4L2_MEMORY_DMABUF,
		.field = V4L2_FIELD_NONE,
		.bytesused = (uint32_t)video->frame_bytes, /* of an output */
		.length = (uint32_t)dmaload_buffer_size(queue->slots[slot]),
	};

	buffer.m.fd = dmaload_buffer_fd(queue->slots[slot]);
	if (call(queue->fd, VIDIOC_QBUF, &buffer) < 0)
		return fail(errno, "%s: the driver cannot use a buffer from %s",
			    queue->node,
			    dmaload_buffer_source(queue->slots[slot]));
	return 0;
}

/* Wait until the driver gives a dma-buf back, and return its slot. */
static int take_back(const struct video *video, const struct queue *queue)
{
	struct v4l2_buffer buffer = {
		.type = queue->type, .memory = V4L2_MEMORY_DMABUF,
	};

	if (call(queue->fd, VIDIOC_DQBUF, &buffer) < 0)
		return fail(errno, "%s: no buffer comes back", queue->node);
	if (buffer.flags & V4L2_BUF_FLAG_ERROR ||
	    buffer.bytesused != video->frame_bytes)
		return fail(0, "%s: a frame is damaged", queue->node);
	return (int)buffer.index;
}

static int stream_on(const struct queue *queue)
{
	int type = (int)queue->type;

	if (call(queue->fd, VIDIOC_STREAMON, &type) < 0)
		return fail(errno, "%s: cannot start", queue->node);
	return 0;
}

static struct dmaload_range range_of(const struct video *video,
				     struct dmaload_file *file, uint64_t frame,
				     struct dmaload_buffer *buffer)
{
	return (struct dmaload_range){
		.file = file,
		.file_offset = frame * video->frame_bytes,
		.length = video->frame_bytes,
		.buffer = buffer,
	};
}

/* Show a frame: the one before comes back when this one has its place. */
static int show(const struct video *video, uint64_t frame)
{
	const struct queue *output = &video->output;
	const unsigned slot = frame % SLOTS;
	const struct dmaload_range range = range_of(video, video->frames, frame,
						    output->slots[slot]);
	struct dmaload_error err;

	if (dmaload_load(video->ctx, &range, 1, NULL, NULL, &err) < 0)
		return fail(0, "%s", err.message);
	if (lend(video, output, slot) < 0)
		return -1;
	if (frame == 0)
		return stream_on(output);
	return take_back(video, output);
}

/* Record a frame. The store makes its own bracket of CPU access. */
static int record(const struct video *video, uint64_t frame)
{
	const struct queue *capture = &video->capture;
	struct dmaload_range range;
	struct dmaload_error err;
	int slot;

	if (lend(video, capture, frame % SLOTS) < 0)
		return -1;
	if (frame == 0 && stream_on(capture) < 0)
		return -1;
	slot = take_back(video, capture);
	if (slot < 0)
		return -1;
	range = range_of(video, video->result, frame, capture->slots[slot]);
	if (dmaload_store(video->ctx, &range, 1, NULL, NULL, &err) < 0)
		return fail(0, "%s", err.message);
	return 0;
}

static int run(struct video *video, char **argv)
{
	struct dmaload_error err;
	uint64_t frame, count;

	video->output.node = argv[3];
	video->capture.node = argv[4];
	if (dmaload_ctx_create(&video->ctx, NULL, &err) < 0 ||
	    dmaload_file_open(&video->frames, argv[1], &err) < 0 ||
	    dmaload_file_create(&video->result, argv[5], 1, &err) < 0)
		return fail(0, "%s", err.message);
	count = dmaload_file_size(video->frames) / video->frame_bytes;
	if (queue_open(video, &video->output, argv[6]) < 0 ||
	    queue_open(video, &video->capture, argv[6]) < 0)
		return -1;
	for (frame = 0; frame < count; frame++)
		if (show(video, frame) < 0 || record(video, frame) < 0)
			return -1;
	printf("%" PRIu64 " frames of %" PRIu64 " bytes, in buffers from %s\n",
	       count, video->frame_bytes,
	       dmaload_buffer_source(video->output.slots[0]));
	return 0;
}

/* Closing a node ends its stream, and the driver's references. */
static void queue_close(struct queue *queue)
{
	int i;

	if (queue->fd >= 0)
		close(queue->fd);
	for (i = 0; i < SLOTS; i++)
		dmaload_buffer_destroy(queue->slots[i]);
}

int main(int argc, char **argv)
{
	struct video video = {
		.output = { .fd = -1, .type = V4L2_BUF_TYPE_VIDEO_OUTPUT },
		.capture = { .fd = -1, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE },
	};
	int r;

	if (argc < 6 || argc > 7 ||
	    sscanf(argv[2], "%5ux%5u", &video.width, &video.height) != 2) {
		fprintf(stderr, "usage: %s VIDEO WIDTHxHEIGHT OUTPUT CAPTURE "
			"RESULT [SOURCE]\n", argv[0]);
		return 2;
	}
	video.frame_bytes = (uint64_t)video.width * video.height * PIXEL_BYTES;
	r = video.frame_bytes ? run(&video, argv) : fail(0, "frames are empty");
	queue_close(&video.output);
	queue_close(&video.capture);
	dmaload_file_close(video.result);
	dmaload_file_close(video.frames);
	dmaload_ctx_destroy(video.ctx);
	return r < 0;
}
