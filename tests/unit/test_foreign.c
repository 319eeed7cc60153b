/* SPDX-License-Identifier: MIT */
/* Somebody else's dma-bufs, and what is none. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "buffers.h"

static void foreign_fds_must_be_dmabufs(void **state)
{
	static const struct { enum fake_kind kind; const char *name; } kinds[] = {
		{ FAKE_FILE, "a regular file or memfd" },
		{ FAKE_MEMFD, "a regular file or memfd" },
		{ FAKE_DIR, "a directory" },
		{ FAKE_PIPE, "a pipe" },
		{ FAKE_SOCKET, "a socket" },
		{ FAKE_CHAR, "a character device" },
		{ FAKE_BLOCK, "a block device" },
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		fd = fake_open(fake_add(kinds[i].kind, "", 4096), O_RDWR);
		expect_fd_refusal(fd, -EBADFD, kinds[i].name);
	}
	expect_fd_refusal(5000, -EBADF, "5000 is not open");
	expect_fd_refusal(-1, -EBADF, "-1 is not open");
	assert_int_equal(dmaload_buffer_from_fd(NULL, 0, NULL), -EINVAL);
}

static void foreign_is_adopted(void **state)
{
	struct fake_node *node = fake_add(FAKE_DMABUF, "", 16384);
	int fd = fake_open(node, O_RDWR);
	struct dmaload_buffer *buffer;

	(void)state;
	assert_int_equal(dmaload_buffer_from_fd(&buffer, fd, NULL), 0);
	assert_int_not_equal(dmaload_buffer_fd(buffer), fd);
	fake_close(fd);
	assert_ptr_equal(fake_node_of(dmaload_buffer_fd(buffer)), node);
	assert_string_equal(dmaload_buffer_source(buffer), "foreign");
	assert_int_equal(dmaload_buffer_size(buffer), 16384);
	dmaload_buffer_destroy(buffer);
	dmaload_buffer_destroy(NULL);
}

static void foreign_without_a_mapping(void **state)
{
	struct fake_node *node = fake_add(FAKE_DMABUF, "", 16384);
	int fd = fake_open(node, O_RDWR);

	(void)state;
	node->no_mmap = true;
	expect_fd_refusal(fd, -ENODEV, "map");
	fake_fail_calls(FAKE_DUP, 1, 1, -EMFILE);
	expect_fd_refusal(fd, -EMFILE, "cannot duplicate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(foreign_fds_must_be_dmabufs),
		SCENE_TEST(foreign_is_adopted),
		SCENE_TEST(foreign_without_a_mapping),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
