/* SPDX-License-Identifier: MIT */
/* Buffers that a driver allocated by its own ioctl; a dumb buffer stands for
 * them. */
#include "drm_drivers.h"

#include "drm_support.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void test_driver_buffer(void **state)
{
	const uint32_t first = next_handle();
	struct dmaload_buffer *buffer;
	uint32_t handle, pitch, again;
	struct kit kit;
	uint64_t size;

	(void)state;
	assert_int_equal(drmModeCreateDumbBuffer(card, 640, 480, 32, 0, &handle,
						 &pitch, &size), 0);
	kit_open(&kit, 1048577, 4096);
	expect_ok(dmaload_drm_buffer_from_handle(&buffer, card, handle,
						 &kit.err), &kit.err);
	assert_int_equal(dmaload_buffer_size(buffer), size);
	dmaload_buffer_destroy(swap_in(&kit, buffer));
	expect_ok(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), &kit.err);
	check_by_driver(card, handle, size, 1048577);

	/* An import of it where it has a handle is that handle. */
	expect_ok(dmaload_drm_import(card, kit.buffer, &again, &kit.err),
		  &kit.err);
	assert_int_equal(again, handle);
	kit_close(&kit);
	check_by_driver(card, handle, size, 1048577);
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
	assert_int_equal(next_handle(), first);
}

/* The same by the fd alone, which the caller has exported himself. */
static void test_driver_fd(void **state)
{
	struct dmaload_buffer *buffer;
	uint32_t handle, pitch;
	struct kit kit;
	uint64_t size;
	int fd;

	(void)state;
	assert_int_equal(drmModeCreateDumbBuffer(card, 640, 480, 32, 0, &handle,
						 &pitch, &size), 0);
	assert_int_equal(drmPrimeHandleToFD(card, handle, DRM_CLOEXEC | DRM_RDWR,
					    &fd), 0);
	kit_open(&kit, 1048577, 4096);
	expect_ok(dmaload_buffer_from_fd(&buffer, fd, &kit.err), &kit.err);
	close(fd);
	kit.fds--;
	dmaload_buffer_destroy(swap_in(&kit, buffer));
	expect_ok(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), &kit.err);
	check_by_driver(card, handle, size, 1048577);
	kit_close(&kit);
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
}

static void test_first_export_decides(void **state)
{
	struct dmaload_buffer *buffer, *ours;
	uint32_t handle, pitch;
	struct kit kit;
	uint64_t size;
	int fd;

	(void)state;
	assert_int_equal(drmModeCreateDumbBuffer(card, 64, 64, 32, 0, &handle,
						 &pitch, &size), 0);
	assert_int_equal(drmPrimeHandleToFD(card, handle, DRM_CLOEXEC, &fd), 0);
	close(fd);
	kit_open(&kit, 4096, 4096);
	expect_ok(dmaload_drm_buffer_from_handle(&buffer, card, handle,
						 &kit.err), &kit.err);
	ours = kit.buffer;
	kit.buffer = buffer;
	expect_refusal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -EROFS, &kit.err,
		       "read-only");
	dmaload_buffer_destroy(ours);
	kit_close(&kit);
	assert_int_equal(drmCloseBufferHandle(card, handle), 0);
}

int drm_drivers(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_driver_buffer),
		cmocka_unit_test(test_driver_fd),
		cmocka_unit_test(test_first_export_decides),
	};

	return cmocka_run_group_tests_name("drm_drivers", tests, open_vgem,
					   close_vgem);
}
