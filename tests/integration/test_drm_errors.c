/* SPDX-License-Identifier: MIT */
/*
 * Bad arguments to the DRM library, with the real refusals of the kernel and of
 * vgem. Each error has its code and names the object. It changes no output
 * parameter, and leaks neither an fd nor a GEM handle.
 */
#include "drm_support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNTOUCHED ((void *)0x1)
#define NO_HANDLE 12345u

/* Call every function on an fd that is not a DRM device. */
static void refuse_device(int fd, int code, const char *word)
{
	struct dmaload_buffer *buffer = UNTOUCHED, *heap;
	struct dmaload_error err = { 0 };
	uint32_t handle = NO_HANDLE;
	const int fds = open_fds();

	expect_refusal(dmaload_drm_buffer_create(&buffer, fd, 4096, &err), code,
		       &err, word);
	expect_refusal(dmaload_drm_buffer_from_handle(&buffer, fd, 1, &err),
		       code, &err, word);
	expect_refusal(dmaload_drm_handle_close(fd, 1, &err), code, &err, word);
	assert_ptr_equal(buffer, UNTOUCHED);
	expect_ok(dmaload_buffer_create(&heap, place.source, 4096, &err), &err);
	expect_refusal(dmaload_drm_import(fd, heap, &handle, &err), code, &err,
		       word);
	assert_int_equal(handle, NO_HANDLE);
	dmaload_buffer_destroy(heap);
	/* The struct for the error may be NULL. */
	assert_int_equal(dmaload_drm_handle_close(fd, 1, NULL), code);
	assert_int_equal(open_fds(), fds);
}

static void test_fds_of_other_files_are_refused(void **state)
{
	int pipes[2], fd;

	(void)state;
	refuse_device(-1, -EBADF, "fd -1 is not open");
	refuse_device(9999, -EBADF, "fd 9999 is not open");
	fd = open_node("/dev/null");
	refuse_device(fd, -EBADFD, "not a DRM device");
	close(fd);
	fd = open(pattern_path(4096), O_RDONLY | O_CLOEXEC);
	refuse_device(fd, -EBADFD, "not a DRM device");
	close(fd);
	fd = open(CARD, O_PATH | O_CLOEXEC);
	refuse_device(fd, -EBADF, "not open");
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	refuse_device(fd, -EBADFD, "not a DRM device");
	close(fd);
	assert_int_equal(pipe(pipes), 0);
	refuse_device(pipes[0], -EBADFD, "not a DRM device");
	close(pipes[0]);
	close(pipes[1]);
	fd = raw_alloc(place.source, 4096, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	refuse_device(fd, -EBADFD, "not a DRM device");
	close(fd);
}

/* A render node imports and exports, but does not allocate. */
static void test_a_render_node_allocates_nothing(void **state)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	int render = open_node(RENDER);
	struct dmaload_error err;

	(void)state;
	expect_refusal(dmaload_drm_buffer_create(&buffer, render, 4096, &err),
		       -EACCES, &err, "render nodes");
	assert_ptr_equal(buffer, UNTOUCHED);
	close(render);
}

static void test_bad_handles_are_refused(void **state)
{
	static const uint32_t handles[] = { 0, NO_HANDLE, UINT32_MAX };
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "GEM handle %" PRIu32, handles[i]);
		expect_refusal(dmaload_drm_buffer_from_handle(&buffer, card,
							      handles[i], &err),
			       -ENOENT, &err, name);
		expect_refusal(dmaload_drm_handle_close(card, handles[i], &err),
			       -EINVAL, &err, name);
	}
	expect_refusal(dmaload_drm_buffer_from_handle(NULL, card, 1, &err),
		       -EINVAL, &err, "NULL");
	assert_ptr_equal(buffer, UNTOUCHED);
}

static void test_bad_sizes_are_refused(void **state)
{
	static const uint64_t sizes[] = {
		UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1,
		UINT64_C(1) << 44, UINT64_MAX,
	};
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err;
	const int fds = open_fds();
	size_t i;

	(void)state;
	expect_refusal(dmaload_drm_buffer_create(&buffer, card, 0, &err),
		       -EINVAL, &err, "at least 1");
	expect_refusal(dmaload_drm_buffer_create(NULL, card, 1, &err), -EINVAL,
		       &err, "NULL");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		expect_refusal(dmaload_drm_buffer_create(&buffer, card,
							 sizes[i], &err),
			       -EOVERFLOW, &err, "at most");
	assert_ptr_equal(buffer, UNTOUCHED);
	assert_int_equal(open_fds(), fds);
}

static void test_buffers_without_a_dmabuf_are_refused(void **state)
{
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	uint32_t handle = NO_HANDLE;
	char memory[64];

	(void)state;
	expect_ok(dmaload_buffer_create(&buffer, "memfd", 4096, &err), &err);
	expect_refusal(dmaload_drm_import(card, buffer, &handle, &err), -EBADFD,
		       &err, "\"memfd\" is not a dma-buf");
	expect_refusal(dmaload_drm_import(card, buffer, NULL, &err), -EINVAL,
		       &err, "handle");
	dmaload_buffer_destroy(buffer);
	expect_ok(dmaload_buffer_from_memory(&buffer, memory, sizeof(memory),
					     &err), &err);
	expect_refusal(dmaload_drm_import(card, buffer, &handle, &err), -EBADFD,
		       &err, "\"memory\" is not a dma-buf");
	dmaload_buffer_destroy(buffer);
	expect_refusal(dmaload_drm_import(card, NULL, &handle, &err), -EINVAL,
		       &err, "buffer");
	assert_int_equal(handle, NO_HANDLE);
}

/* Open fds until only a few are left. Return how many. */
static int take_fds(int *fds, int most, int left)
{
	int n = 0;

	while (n < most && (fds[n] = dup(1)) >= 0)
		n++;
	assert_int_equal(errno, EMFILE);
	for (; left > 0; left--)
		close(fds[--n]);
	return n;
}

/* Exporting a handle and allocating a buffer need an fd each, and the buffer's
 * duplicate another. */
static void with_few_fds(const struct dmaload_buffer *heap, int left)
{
	struct dmaload_buffer *back = UNTOUCHED, *buffer = UNTOUCHED;
	const char *word = left < 1 ? "cannot export" : "exports";
	struct dmaload_error err;
	int fds[64], n;
	uint32_t handle;

	n = take_fds(fds, 64, left);
	/* An import needs no fd. */
	expect_ok(dmaload_drm_import(card, heap, &handle, &err), &err);
	if (left < 2) {
		expect_refusal(dmaload_drm_buffer_from_handle(&back, card,
							      handle, &err),
			       -EMFILE, &err, word);
		assert_ptr_equal(back, UNTOUCHED);
		expect_refusal(dmaload_drm_buffer_create(&buffer, card, 4096,
							 &err),
			       -EMFILE, &err, word);
		assert_ptr_equal(buffer, UNTOUCHED);
	} else {
		expect_ok(dmaload_drm_buffer_from_handle(&back, card, handle,
							 &err), &err);
		dmaload_buffer_destroy(back);
		expect_ok(dmaload_drm_buffer_create(&buffer, card, 4096, &err),
			  &err);
		dmaload_buffer_destroy(buffer);
	}
	expect_ok(dmaload_drm_handle_close(card, handle, &err), &err);
	while (n > 0)
		close(fds[--n]);
}

static void test_a_shortage_of_fds_is_reported(void **state)
{
	const uint32_t first = next_handle();
	struct dmaload_buffer *heap;
	struct dmaload_error err;
	struct rlimit limit, few;
	int fds, left;

	(void)state;
	expect_ok(dmaload_buffer_create(&heap, place.source, 4096, &err), &err);
	fds = open_fds();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (left = 0; left <= 2; left++) {
		with_few_fds(heap, left);
		assert_int_equal(open_fds(), fds);
		assert_int_equal(next_handle(), first);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	dmaload_buffer_destroy(heap);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fds_of_other_files_are_refused),
		cmocka_unit_test(test_a_render_node_allocates_nothing),
		cmocka_unit_test(test_bad_handles_are_refused),
		cmocka_unit_test(test_bad_sizes_are_refused),
		cmocka_unit_test(test_buffers_without_a_dmabuf_are_refused),
		cmocka_unit_test(test_a_shortage_of_fds_is_reported),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("drm_errors", tests, open_vgem, close_vgem);
}
