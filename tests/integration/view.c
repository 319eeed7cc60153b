/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <linux/udmabuf.h>

#include "pattern.h"

/* Return the exported fd of memory allocated by the driver vgem. */
static int vgem_export(uint64_t size)
{
	const int card = drmOpen("vgem", NULL);
	uint32_t handle, pitch;
	uint64_t given;
	int fd = -1;

	if (card < 0)
		fail_msg("there is no vgem: the module is not loaded");
	assert_int_equal(drmModeCreateDumbBuffer(card, PAGE / 4,
						 (uint32_t)(size / PAGE), 32, 0,
						 &handle, &pitch, &given), 0);
	assert_int_equal(given, size);
	assert_int_equal(drmPrimeHandleToFD(card, handle, DRM_CLOEXEC | DRM_RDWR,
					    &fd), 0);
	drmModeDestroyDumbBuffer(card, handle);
	drmClose(card);
	return fd;
}

static void buffer_open(struct dmaload_buffer **out, uint64_t size)
{
	static const char foreign[] = "foreign:";
	struct dmaload_error err;
	int fd = -1, r;

	if (strcmp(place.source, "vgem") == 0)
		fd = vgem_export(size);
	else if (strncmp(place.source, foreign, sizeof(foreign) - 1) == 0)
		fd = raw_alloc(place.source + sizeof(foreign) - 1, size,
			       O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		r = dmaload_buffer_from_fd(out, fd, &err);
		close(fd);
	} else {
		r = dmaload_buffer_create(out, place.source, size, &err);
	}
	if (r < 0)
		fail_msg("%s: %s", place.source, err.message);
}

void view_open(struct view *view)
{
	const struct dmaload_config config = {
		.size = sizeof(config), .engine = place.engine,
	};
	const char *path = pattern_path(place.large);
	const uint64_t size = (place.large + PAGE - 1) / PAGE * PAGE;

	drop_cache(path);
	*view = (struct view){ .fds = open_fds() };
	view->seen = malloc(size);
	assert_non_null(view->seen);
	assert_int_equal(dmaload_ctx_create(&view->ctx, &config, NULL), 0);
	assert_int_equal(dmaload_file_open(&view->file, path, NULL), 0);
	buffer_open(&view->buffer, size);
	view->reader = open("/dev/dmaload-reader", O_RDWR | O_CLOEXEC);
	assert_true(view->reader >= 0);
}

/* Make a dma-buf of a memfd's memory: the same pages, not a copy. */
static int import_memfd(int fd, uint64_t size)
{
	const struct udmabuf_create create = {
		.memfd = (uint32_t)fd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};
	const int node = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int dmabuf;

	assert_true(node >= 0);
	dmabuf = ioctl(node, UDMABUF_CREATE, &create);
	if (dmabuf < 0)
		fail_msg("a udmabuf of the memfd: %s", strerror(errno));
	close(node);
	return dmabuf;
}

void view_attach(struct view *view)
{
	const bool memfd = strcmp(dmaload_buffer_source(view->buffer),
				  "memfd") == 0;
	int fd = dmaload_buffer_fd(view->buffer);

	if (memfd)
		fd = import_memfd(fd, dmaload_buffer_size(view->buffer));
	view->attached.fd = fd;
	if (ioctl(view->reader, READER_ATTACH, &view->attached) < 0)
		fail_msg("%s: attaching: %s", place.source, strerror(errno));
	/* The reader keeps the dma-buf. */
	if (memfd)
		close(fd);
	assert_true(view->attached.devices > 0);
	assert_int_equal(view->attached.size, dmaload_buffer_size(view->buffer));
}

void view_close(struct view *view)
{
	close(view->reader);
	dmaload_buffer_destroy(view->buffer);
	dmaload_file_close(view->file);
	dmaload_ctx_destroy(view->ctx);
	free(view->seen);
	assert_int_equal(open_fds(), view->fds);
}

void view_load(struct view *view, uint32_t mask, struct dmaload_report *report)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .paths = mask };
	const struct dmaload_range range = {
		.file = view->file,
		.buffer = view->buffer,
		.length = DMALOAD_TO_END,
	};
	struct dmaload_error err;

	*report = (struct dmaload_report){ .size = sizeof(*report) };
	if (dmaload_load(view->ctx, &range, 1, &options, report, &err) < 0)
		fail_msg("%s, mask %u: %s", place.source, mask, err.message);
	if (mask == 0)
		assert_int_equal(dmaload_report_path(report),
				 place.pinnable ? DMALOAD_PATH_DIRECT :
						  DMALOAD_PATH_BOUNCE);
	else
		assert_int_equal(1u << dmaload_report_path(report), mask);
	if (report->bytes_direct + report->bytes_bounced > 0)
		assert_int_equal(report->engine, place.granted);
}

void view_look(struct view *view, uint64_t offset, uint64_t length,
	       unsigned by)
{
	const struct reader_read read = {
		.offset = offset,
		.length = length,
		.data = (uintptr_t)view->seen,
		.by = by,
	};

	memset(view->seen, GUARD, length);
	if (ioctl(view->reader, READER_READ, &read) < 0)
		fail_msg("%s: reading: %s", place.source, strerror(errno));
}

void view_check(struct view *view, uint64_t offset, uint64_t length,
		unsigned by)
{
	const uint64_t rest = place.large - offset;
	const uint64_t data = length < rest ? length : rest;
	uint64_t same;

	view_look(view, offset, length, by);
	same = pattern_differs(view->seen, data, offset);
	if (same != data)
		fail_msg("%s: the %s sees another byte at %llu: %#x instead of %#x",
			 place.source, by == READER_DEVICE ? "device" : "kernel",
			 (unsigned long long)(offset + same), view->seen[same],
			 pattern_byte(offset + same));
	for (; same < length; same++)
		assert_int_equal(view->seen[same], 0);
}
