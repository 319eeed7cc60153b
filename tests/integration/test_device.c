/* SPDX-License-Identifier: MIT */
/*
 * A device sees the bytes of a file that was loaded into a dma-buf, when it
 * fetches them by DMA. This runs in the guest: see view.h, which also lists the
 * sources.
 */
#include "view.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pattern.h"

/* Check every page: the file's bytes, and zeroes after its end. */
static void check_all(struct view *view, unsigned by)
{
	view_check(view, 0, view->attached.size, by);
}

/* Load first and attach then, as usual, by the default path. */
static void test_devices_see_every_page(void **state)
{
	struct dmaload_report report;
	struct view view;

	(void)state;
	view_open(&view);
	view_load(&view, 0, &report);
	view_attach(&view);
	print_message("%s: %u devices, %llu pages in %llu entries\n",
		      place.source, view.attached.devices,
		      view.attached.size / PAGE, view.attached.entries);
	check_all(&view, READER_DEVICE);
	check_all(&view, READER_KERNEL);
	view_close(&view);
}

/* Attach first, then load by each path. The devices read the pages where paths
 * differ, the kernel reads all. */
static void test_devices_see_each_path(void **state)
{
	const uint64_t last = (place.large - 1) / PAGE * PAGE;
	struct dmaload_report report;
	struct view view;
	size_t i;

	(void)state;
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		view_open(&view);
		view_attach(&view);
		view_look(&view, 0, PAGE, READER_KERNEL);
		assert_int_equal(view.seen[0] | view.seen[PAGE - 1], 0);
		view_load(&view, all_paths[i], &report);
		check_all(&view, READER_KERNEL);
		view_check(&view, 0, PAGE, READER_DEVICE);
		view_check(&view, last, PAGE, READER_DEVICE);
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

/* Change one bit: all devices see it in its place, and no other change. */
static void test_devices_see_a_changed_bit(void **state)
{
	const uint64_t places[] = { 0, place.large / 2 + 77, place.large - 1 };
	struct dmaload_report report;
	struct view view;
	uint64_t page, rest;
	unsigned by;
	size_t i;

	(void)state;
	view_open(&view);
	view_load(&view, 0, &report);
	view_attach(&view);
	for (i = 0; i < 3; i++) {
		page = places[i] / PAGE * PAGE;
		rest = place.large - page < PAGE ? place.large - page : PAGE;
		flip(&view, places[i]);
		for (by = READER_DEVICE; by <= READER_KERNEL; by++) {
			view_look(&view, page, PAGE, by);
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

/* The reader itself must refuse what it cannot see. */
static void test_the_reader_refuses_what_it_cannot_see(void **state)
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
		cmocka_unit_test(test_devices_see_every_page),
		cmocka_unit_test(test_devices_see_each_path),
		cmocka_unit_test(test_devices_see_a_changed_bit),
		cmocka_unit_test(test_the_reader_refuses_what_it_cannot_see),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
