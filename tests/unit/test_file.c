/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "file/file.h"
#include "scene.h"

static struct dmaload_error err;

static void check_refusal(int r, int code, const char *message)
{
	assert_int_equal(r, code);
	assert_int_equal(err.code, code);
	check_says(err.message, message);
	fake_check_balanced();
}

static void refuse(const char *path, int code, const char *message)
{
	struct dmaload_file *untouched = (void *)&err, *file = untouched;
	int r;

	memset(&err, 0, sizeof(err));
	r = dmaload_file_open(&file, path, &err);
	check_refusal(r, code, message);
	assert_ptr_equal(file, untouched);
}

static void refuse_fd(int fd, int code, const char *message)
{
	struct dmaload_file *untouched = (void *)&err, *file = untouched;
	int r;

	memset(&err, 0, sizeof(err));
	r = dmaload_file_from_fd(&file, fd, &err);
	check_refusal(r, code, message);
	assert_ptr_equal(file, untouched);
}

static struct dmaload_file *open_file(const char *path)
{
	struct dmaload_file *file;

	assert_int_equal(dmaload_file_open(&file, path, NULL), 0);
	return file;
}

static struct dmaload_file *from_fd(int fd)
{
	struct dmaload_file *file;

	assert_int_equal(dmaload_file_from_fd(&file, fd, NULL), 0);
	return file;
}

static void regular_files_and_block_devices(void **state)
{
	struct dmaload_file *file;

	(void)state;
	fake_add(FAKE_FILE, "/f", 12345);
	fake_add(FAKE_BLOCK, "/dev/vda", 8192);
	file = open_file("/f");
	assert_int_equal(dmaload_file_size(file), 12345);
	assert_string_equal(dmaload_file_name(file), "/f");
	/* The flag that keeps a pipe from blocking must not stay. */
	assert_int_equal(sys_get_flags(file->fd) & O_NONBLOCK, 0);
	dmaload_file_close(file);
	file = open_file("/dev/vda");
	assert_int_equal(dmaload_file_size(file), 8192);
	dmaload_file_close(file);
	dmaload_file_close(NULL);
}

static void other_kinds_are_refused(void **state)
{
	fake_add(FAKE_DIR, "/d", 0);
	fake_add(FAKE_PIPE, "/p", 0);
	fake_add(FAKE_SOCKET, "/s", 0);
	fake_add(FAKE_CHAR, "/c", 0);
	fake_add(FAKE_FILE, "/empty", 0);
	(void)state;
	refuse("/d", -EISDIR, "/d is a directory");
	refuse("/p", -ESPIPE, "/p is a pipe");
	refuse("/s", -ESPIPE, "/s is a socket");
	refuse("/c", -ESPIPE, "/c is a character device");
	/* None of these was opened. */
	assert_int_equal(fake_count(FAKE_OPEN), 0);
	refuse("/empty", -ENODATA, "/empty is empty");
	refuse("/none", -ENOENT, "/none");
	assert_int_equal(dmaload_file_open(NULL, "/f", NULL), -EINVAL);
	assert_int_equal(dmaload_file_open(&(struct dmaload_file *){ NULL },
					   NULL, NULL), -EINVAL);
}

static void open_errors_are_told(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);

	(void)state;
	node->open_error = -EACCES;
	refuse("/f", -EACCES, "cannot open /f");
	node->open_error = -EMFILE;
	refuse("/f", -EMFILE, "cannot open /f");
}

static void fds_of_other_kinds_are_refused(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);

	(void)state;
	refuse_fd(5000, -EBADF, "fd 5000");
	refuse_fd(-1, -EBADF, "fd -1");
	refuse_fd(fake_open(node, O_PATH), -EBADF, "not open");
	refuse_fd(fake_open(fake_add(FAKE_DIR, "", 0), 0), -EISDIR, "directory");
	refuse_fd(fake_open(fake_add(FAKE_PIPE, "", 0), 0), -ESPIPE, "pipe");
	refuse_fd(fake_open(fake_add(FAKE_FILE, "", 0), 0), -ENODATA, "empty");
	assert_int_equal(dmaload_file_from_fd(NULL, 0, NULL), -EINVAL);
}

static void fd_is_opened_anew(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);
	int fd = fake_open(node, O_RDONLY);
	struct dmaload_file *file;
	char name[32];

	(void)state;
	fake_set_position(fd, 42);
	file = from_fd(fd);
	snprintf(name, sizeof(name), "fd %d", fd);
	assert_string_equal(dmaload_file_name(file), name);
	assert_false(file->shared);
	assert_int_equal(fake_position(fd), 42);
	fake_close(fd);
	assert_ptr_equal(fake_node_of(file->fd), node);
	dmaload_file_close(file);
}

/* Without /proc the description is the caller's, and so is its position. */
static void fd_is_shared_where_it_must_be(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);
	int fd = fake_open(node, O_RDONLY);
	struct dmaload_file *file;
	char why[200] = "";

	(void)state;
	fake.no_proc = true;
	file = from_fd(fd);
	assert_true(file->shared);
	assert_int_equal(dmaload_file_size(file), 100);
	assert_true(file_open_direct(file, why, sizeof(why)) < 0);
	check_says(why, "O_DIRECT");
	dmaload_file_close(file);

	/* The file may not be opened, /proc or not. */
	fake.no_proc = false;
	node->open_error = -EACCES;
	file = from_fd(fd);
	assert_true(file->shared);
	dmaload_file_close(file);
	fake_close(fd);
}

static void position_of_a_shared_fd_stays(void **state)
{
	int fd = fake_open(fake_add(FAKE_FILE, "/f", 100), O_RDONLY);
	struct dmaload_file *file;

	(void)state;
	fake.no_proc = true;
	fake_set_position(fd, 42);
	file = from_fd(fd);
	dmaload_file_close(file);
	assert_int_equal(fake_position(fd), 42);
	fake_close(fd);
}

static void shared_fd_with_direct_is_used(void **state)
{
	int fd = fake_open(fake_add(FAKE_FILE, "/f", 100), O_RDONLY | O_DIRECT);
	struct dmaload_file *file;
	char why[200];

	(void)state;
	fake.no_proc = true;
	file = from_fd(fd);
	assert_int_equal(file_open_direct(file, why, sizeof(why)), 0);
	assert_true(file->direct_fd >= 0);
	assert_int_not_equal(file->direct_fd, fd);
	dmaload_file_close(file);
	fake_close(fd);
}

static void direct_is_opened_once(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);
	struct dmaload_file *file = open_file("/f");
	char why[200] = "";
	int fd;

	(void)state;
	node->st.dio_offset_align = 4096;
	node->st.dio_mem_align = 4;
	assert_int_equal(file_open_direct(file, why, sizeof(why)), 0);
	fd = file->direct_fd;
	assert_true(sys_get_flags(fd) & O_DIRECT);
	assert_int_equal(file->block, 4096);
	assert_true(file->mem_align >= 4 && file->mem_align <= 4096);
	assert_int_equal(file_open_direct(file, why, sizeof(why)), 0);
	assert_int_equal(file->direct_fd, fd);
	assert_string_equal(why, "");
	dmaload_file_close(file);
}

static void direct_refused_at_open(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);
	struct dmaload_file *file = open_file("/f");
	char why[200] = "";

	(void)state;
	node->direct_error = -EINVAL;
	assert_true(file_open_direct(file, why, sizeof(why)) < 0);
	check_says(why, "/f");
	check_says(why, "EINVAL");
	/* It is not held against the next load. */
	node->direct_error = 0;
	assert_int_equal(file_open_direct(file, why, sizeof(why)), 0);
	dmaload_file_close(file);
}

static void alignment_unknown_or_none(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);
	struct dmaload_file *file = open_file("/f");
	char why[200] = "";

	(void)state;
	node->st.dio_known = false;
	assert_int_equal(file_open_direct(file, why, sizeof(why)), 0);
	assert_int_equal(file->block, 4096);
	assert_int_equal(file->mem_align, 4096);

	/* The alignment that was learnt stays; the next file is another. */
	dmaload_file_close(file);
	file = open_file("/f");
	node->st.dio_known = true;
	node->st.dio_offset_align = node->st.dio_mem_align = 0;
	assert_true(file_open_direct(file, why, sizeof(why)) < 0);
	check_says(why, "STATX_DIOALIGN");
	dmaload_file_close(file);
}

/* Without /proc: by the path, if that is still the same file. */
static void direct_by_path(void **state)
{
	struct fake_node *node = fake_add(FAKE_FILE, "/f", 100);
	struct dmaload_file *file = open_file("/f");
	char why[200] = "";

	(void)state;
	fake.no_proc = true;
	assert_int_equal(file_open_direct(file, why, sizeof(why)), 0);
	assert_ptr_equal(fake_node_of(file->direct_fd), node);
	assert_int_equal(sys_get_flags(file->direct_fd) & O_NONBLOCK, 0);
	assert_true(sys_get_flags(file->direct_fd) & O_DIRECT);
	dmaload_file_close(file);

	file = open_file("/f");
	fake_remove(node);
	fake_add(FAKE_FILE, "/f", 100);
	assert_true(file_open_direct(file, why, sizeof(why)) < 0);
	check_says(why, "ESTALE");
	dmaload_file_close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(regular_files_and_block_devices),
		SCENE_TEST(other_kinds_are_refused),
		SCENE_TEST(open_errors_are_told),
		SCENE_TEST(fds_of_other_kinds_are_refused),
		SCENE_TEST(fd_is_opened_anew),
		SCENE_TEST(fd_is_shared_where_it_must_be),
		SCENE_TEST(position_of_a_shared_fd_stays),
		SCENE_TEST(shared_fd_with_direct_is_used),
		SCENE_TEST(direct_is_opened_once),
		SCENE_TEST(direct_refused_at_open),
		SCENE_TEST(alignment_unknown_or_none),
		SCENE_TEST(direct_by_path),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
