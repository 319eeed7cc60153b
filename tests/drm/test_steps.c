/* SPDX-License-Identifier: MIT */
/*
 * Each step of libdmaload-drm fails in turn, on a fake libdrm. The code and the
 * reason must be right, and nothing must be left. In a guest,
 * tests/integration/test_drm*.c use the real libdrm with a driver.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <dmaload-drm.h>
#include <xf86drm.h>

#include "fake.h"

#define UNTOUCHED ((void *)0x1)
#define DRM_FD 5

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void expect(const struct dmaload_error *err, int r, int code,
		   const char *word)
{
	assert_int_equal(r, code);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, word))
		fail_msg("\"%s\" does not say \"%s\"", err->message, word);
}

struct failure {
	enum step step;
	int code;
	const char *word;
	/* The handles that stay, because closing them failed. */
	int handles;
};

static const struct failure create_failures[] = {
	{ STEP_CREATE, -ENOMEM, "DRM fd 5 (fake) cannot allocate", 0 },
	{ STEP_CREATE, -EACCES, "open the card's", 0 },
	{ STEP_CREATE, -ENOSYS, "by its own ioctl", 0 },
	{ STEP_EXPORT, -EMFILE, "(fake) cannot export GEM handle 7", 0 },
	{ STEP_EXPORT, -ENOSYS, "Function not implemented", 0 },
	{ STEP_ADOPT, -ENODEV, "but the CPU cannot map it", 0 },
	{ STEP_CLOSE, -EINVAL, "does not close the GEM handle", 1 },
};

static void test_each_step_of_create_fails(void **state)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	const int fds = open_fds();
	struct dmaload_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(create_failures) / sizeof(create_failures[0]);
	     i++) {
		const struct failure *f = &create_failures[i];

		fake = (struct fake){ .failing = f->step, .code = f->code };
		expect(&err, dmaload_drm_buffer_create(&buffer, DRM_FD, 4096,
						       &err),
		       f->code, f->word);
		assert_int_equal(fake.handles, f->handles);

		fake = (struct fake){ .failing = f->step, .code = f->code };
		assert_int_equal(dmaload_drm_buffer_create(&buffer, DRM_FD, 4096,
							   NULL), f->code);
		assert_ptr_equal(buffer, UNTOUCHED);
		assert_int_equal(fake.buffers, 0);
		assert_int_equal(open_fds(), fds);
	}
}

static void test_a_buffer_that_is_too_small_is_refused(void **state)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	const int fds = open_fds();
	struct dmaload_error err;

	(void)state;
	fake = (struct fake){ .missing = 1 };
	expect(&err, dmaload_drm_buffer_create(&buffer, DRM_FD, 8192, &err),
	       -ENOSPC, "of 8191 bytes, not of 8192");
	assert_ptr_equal(buffer, UNTOUCHED);
	assert_int_equal(fake.handles, 0);
	assert_int_equal(fake.buffers, 0);
	assert_int_equal(open_fds(), fds);
}

/* The kernel's 32-bit product of the dimensions can hold each size. */
static void test_dimensions_have_room_for_each_size(void **state)
{
	const uint64_t most = (UINT64_C(1) << 32) -
			      (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t sizes[] = {
		1, 4095, 4096, 4097, 1048577, 3000000001u, most - 1, most,
	};
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	uint64_t product;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fake = (struct fake){ 0 };
		assert_int_equal(dmaload_drm_buffer_create(&buffer, DRM_FD,
							   sizes[i], &err), 0);
		product = (uint64_t)fake.width * (fake.bpp / 8) * fake.height;
		assert_in_range(product, sizes[i], sizes[i] + 4095);
		assert_in_range(product, 1, most);
		assert_int_equal(fake.bpp, 32);
		assert_int_equal(fake.export_flags, DRM_CLOEXEC | DRM_RDWR);
		assert_int_equal(fake.handles, 0);
		dmaload_buffer_destroy(buffer);
	}
	fake = (struct fake){ 0 };
	expect(&err, dmaload_drm_buffer_create(&buffer, DRM_FD, most + 1, &err),
	       -EOVERFLOW, "at most");
	expect(&err, dmaload_drm_buffer_create(&buffer, DRM_FD, UINT64_MAX,
					       &err), -EOVERFLOW, "at most");
	expect(&err, dmaload_drm_buffer_create(&buffer, DRM_FD, 0, &err),
	       -EINVAL, "at least 1");
	/* The library did not ask the driver. */
	assert_int_equal(fake.calls, 0);
}

static void test_other_calls_report_their_failure(void **state)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	const int fds = open_fds();
	struct dmaload_error err;

	(void)state;
	fake = (struct fake){ .failing = STEP_EXPORT, .code = -EPERM };
	expect(&err, dmaload_drm_buffer_from_handle(&buffer, DRM_FD, 7, &err),
	       -EPERM, "cannot export GEM handle 7 as a dma-buf: Operation");
	fake = (struct fake){ .failing = STEP_ADOPT, .code = -EINVAL };
	expect(&err, dmaload_drm_buffer_from_handle(&buffer, DRM_FD, 7, &err),
	       -EINVAL, "exports GEM handle 7, but the CPU cannot map it");
	assert_ptr_equal(buffer, UNTOUCHED);
	/* The handle is the caller's, so the library does not close it. */
	assert_int_equal(fake.calls & 1u << STEP_CLOSE, 0);

	fake = (struct fake){ .failing = STEP_CLOSE, .code = -EINVAL };
	expect(&err, dmaload_drm_handle_close(DRM_FD, 7, &err), -EINVAL,
	       "(fake) cannot close GEM handle 7: Invalid argument");
	assert_int_equal(open_fds(), fds);
}

static void test_a_failed_import_leaves_the_handle_alone(void **state)
{
	const int fds = open_fds();
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	uint32_t handle = 1;

	(void)state;
	fake = (struct fake){ 0 };
	assert_int_equal(dmaload_drm_buffer_create(&buffer, DRM_FD, 4096, &err),
			 0);
	assert_int_equal(dmaload_drm_import(DRM_FD, buffer, &handle, &err), 0);
	assert_int_equal(handle, 7);
	assert_int_equal(dmaload_drm_handle_close(DRM_FD, handle, &err), 0);
	assert_int_equal(fake.handles, 0);

	/* The fake's buffer is not a dma-buf, and the reason says so. */
	fake.failing = STEP_IMPORT;
	fake.code = -EINVAL;
	handle = 1;
	expect(&err, dmaload_drm_import(DRM_FD, buffer, &handle, &err), -EBADFD,
	       "is not a dma-buf");
	assert_int_equal(handle, 1);
	dmaload_buffer_destroy(buffer);
	assert_int_equal(open_fds(), fds);
}

/* A second call finds out whether the device or the buffer is at fault; it can
 * fail, too. */
static void test_a_second_call_finds_the_reason(void **state)
{
	static const struct {
		int version_code, code;
		const char *word;
	} cases[] = {
		{ -EBADF, -EBADF, "fd 5 is not open" },
		{ -ENOTTY, -EBADFD, "fd 5 is not a DRM device" },
		{ -ENODEV, -ENODEV, "DRM fd 5 (of an unknown driver) cannot" },
		{ -ENOMEM, -ENODEV, "DRM fd 5 (of an unknown driver) cannot" },
	};
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake = (struct fake){ .failing = STEP_CREATE, .code = -ENODEV,
				      .version_code = cases[i].version_code };
		expect(&err, dmaload_drm_buffer_create(&buffer, DRM_FD, 4096,
						       &err),
		       cases[i].code, cases[i].word);
	}
	assert_ptr_equal(buffer, UNTOUCHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_step_of_create_fails),
		cmocka_unit_test(test_a_buffer_that_is_too_small_is_refused),
		cmocka_unit_test(test_dimensions_have_room_for_each_size),
		cmocka_unit_test(test_other_calls_report_their_failure),
		cmocka_unit_test(test_a_failed_import_leaves_the_handle_alone),
		cmocka_unit_test(test_a_second_call_finds_the_reason),
	};

	return cmocka_run_group_tests_name("drm_steps", tests, NULL, NULL);
}
