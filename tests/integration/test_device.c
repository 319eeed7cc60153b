/* SPDX-License-Identifier: MIT */
/*
 * What a device sees: the bytes of a file that was loaded into a dma-buf, fetched
 * from there by DMA. For the guest, which has the devices (QEMU's edu) and the
 * module that drives them (tests/module/dmaload_reader.c).
 *
 * Beside the sources of dmaload_buffer_create() there are "foreign:HEAP", a fd of
 * the heap that is adopted, and "vgem", the memory of a DRM driver.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../module/reader.h"
#include "pattern.h"

#define PAGE 4096u

static const uint32_t masks[] = {
	0,
	DMALOAD_PATH_BIT(DMALOAD_PATH_DIRECT),
	DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE),
	DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED),
};

/* A buffer with devices at it, and what they saw. */
struct view {
	struct dmaload_ctx *ctx;
	struct dmaload_file *file;
	struct dmaload_buffer *buffer;
	int reader;
	struct reader_attach attached;
	unsigned char *seen;
	int fds;
};

/* The exporter's fd of memory that the driver vgem has made. */
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

static void view_open(struct view *view)
{
	const char *path = pattern_path(place.large);
	const uint64_t size = (place.large + PAGE - 1) / PAGE * PAGE;

	drop_cache(path);
	*view = (struct view){ .fds = open_fds() };
	view->seen = malloc(size);
	assert_non_null(view->seen);
	assert_int_equal(dmaload_ctx_create(&view->ctx, NULL, NULL), 0);
	assert_int_equal(dmaload_file_open(&view->file, path, NULL), 0);
	buffer_open(&view->buffer, size);
	view->reader = open("/dev/dmaload-reader", O_RDWR | O_CLOEXEC);
	assert_true(view->reader >= 0);
}

static void view_attach(struct view *view)
{
	view->attached.fd = dmaload_buffer_fd(view->buffer);
	if (ioctl(view->reader, READER_ATTACH, &view->attached) < 0)
		fail_msg("%s: attaching: %s", place.source, strerror(errno));
	assert_true(view->attached.devices > 0);
	assert_int_equal(view->attached.size, dmaload_buffer_size(view->buffer));
}

static void view_close(struct view *view)
{
	close(view->reader);
	dmaload_buffer_destroy(view->buffer);
	dmaload_file_close(view->file);
	dmaload_ctx_destroy(view->ctx);
	free(view->seen);
	assert_int_equal(open_fds(), view->fds);
}

static void look(struct view *view, uint64_t offset, uint64_t length,
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

/* Every page of the buffer has the file's bytes, and zeroes behind its end. */
static void check_all(struct view *view, unsigned by)
{
	const uint64_t size = view->attached.size;
	size_t same;
	uint64_t i;

	look(view, 0, size, by);
	same = pattern_differs(view->seen, place.large, 0);
	if (same != place.large)
		fail_msg("%s: the %s sees another byte at %zu: %#x instead of %#x",
			 place.source, by == READER_DEVICE ? "device" : "kernel",
			 same, view->seen[same], pattern_byte(same));
	for (i = place.large; i < size; i++)
		assert_int_equal(view->seen[i], 0);
}

static void load(struct view *view, uint32_t mask)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .paths = mask };
	const struct dmaload_range range = {
		.file = view->file,
		.buffer = view->buffer,
		.length = DMALOAD_TO_END,
	};
	struct dmaload_report report = { .size = sizeof(report) };
	struct dmaload_error err;

	if (dmaload_load(view->ctx, &range, 1, &options, &report, &err) < 0)
		fail_msg("%s, mask %u: %s", place.source, mask, err.message);
	if (mask == 0)
		assert_int_equal(dmaload_report_path(&report),
				 place.pinnable ? DMALOAD_PATH_DIRECT :
						  DMALOAD_PATH_BOUNCE);
	else
		assert_int_equal(DMALOAD_PATH_BIT(dmaload_report_path(&report)),
				 mask);
}

static bool works_here(uint32_t mask)
{
	return place.pinnable || mask != DMALOAD_PATH_BIT(DMALOAD_PATH_DIRECT);
}

/* Loaded first and attached then, as is usual, by the path that is chosen. */
static void test_every_page(void **state)
{
	struct view view;

	(void)state;
	view_open(&view);
	load(&view, 0);
	view_attach(&view);
	print_message("%s: %u devices, %llu pages in %llu entries\n",
		      place.source, view.attached.devices,
		      view.attached.size / PAGE, view.attached.entries);
	check_all(&view, READER_DEVICE);
	check_all(&view, READER_KERNEL);
	view_close(&view);
}

/* Attached before anything was loaded, on each path; the device reads the pages
 * where paths differ, the kernel all of them. */
static void test_each_path(void **state)
{
	const uint64_t last = (place.large - 1) / PAGE * PAGE;
	struct view view;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		if (!works_here(masks[i]))
			continue;
		view_open(&view);
		view_attach(&view);
		look(&view, 0, PAGE, READER_KERNEL);
		assert_int_equal(view.seen[0] | view.seen[PAGE - 1], 0);
		load(&view, masks[i]);
		check_all(&view, READER_KERNEL);
		look(&view, 0, PAGE, READER_DEVICE);
		assert_int_equal(pattern_differs(view.seen, PAGE, 0), PAGE);
		look(&view, last, PAGE, READER_DEVICE);
		assert_int_equal(pattern_differs(view.seen, place.large - last,
						 last), place.large - last);
		view_close(&view);
	}
}

static void flip(struct view *view, uint64_t at)
{
	unsigned char *map = dmaload_buffer_map(view->buffer);

	assert_int_equal(dmaload_buffer_begin(view->buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	map[at] ^= 0x10;
	assert_int_equal(dmaload_buffer_end(view->buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
}

/* One bit, changed under the eyes of the devices: all of them see it, where it
 * is, and nothing else. */
static void test_flipped_bit(void **state)
{
	const uint64_t places[] = { 0, place.large / 2 + 77, place.large - 1 };
	struct view view;
	uint64_t page, rest;
	unsigned by;
	size_t i;

	(void)state;
	view_open(&view);
	load(&view, 0);
	view_attach(&view);
	for (i = 0; i < 3; i++) {
		page = places[i] / PAGE * PAGE;
		rest = place.large - page < PAGE ? place.large - page : PAGE;
		flip(&view, places[i]);
		for (by = READER_DEVICE; by <= READER_KERNEL; by++) {
			look(&view, page, PAGE, by);
			assert_int_equal(pattern_differs(view.seen, PAGE, page),
					 places[i] - page);
			view.seen[places[i] - page] ^= 0x10;
			assert_int_equal(pattern_differs(view.seen, rest, page),
					 rest);
		}
		flip(&view, places[i]);
	}
	check_all(&view, READER_KERNEL);
	view_close(&view);
}

/* The witness must be one that refuses what it cannot see. */
static void test_refusals(void **state)
{
	struct reader_read read = { .length = PAGE };
	struct reader_attach memfd;
	struct view view;

	(void)state;
	view_open(&view);
	read.data = (uintptr_t)view.seen;
	assert_int_equal(ioctl(view.reader, READER_READ, &read), -1);
	assert_int_equal(errno, EINVAL);
	memfd.fd = memfd_create("no dma-buf", MFD_CLOEXEC);
	assert_true(memfd.fd >= 0);
	assert_int_equal(ioctl(view.reader, READER_ATTACH, &memfd), -1);
	assert_int_equal(errno, EINVAL);
	close(memfd.fd);
	view_attach(&view);
	assert_int_equal(ioctl(view.reader, READER_ATTACH, &view.attached), -1);
	assert_int_equal(errno, EBUSY);
	read.offset = view.attached.size;
	assert_int_equal(ioctl(view.reader, READER_READ, &read), -1);
	assert_int_equal(errno, EINVAL);
	view_close(&view);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_page),
		cmocka_unit_test(test_each_path),
		cmocka_unit_test(test_flipped_bit),
		cmocka_unit_test(test_refusals),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
