/* SPDX-License-Identifier: MIT */
/*
 * Bad input, against the kernel's own refusals: each has its code, names the
 * thing, leaves out parameters alone and leaks nothing.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "changing.h"
#include "refused_buffers.h"

#define NOBODY 65534
#define UNTOUCHED ((void *)0x1)

static char scratch[] = "/tmp/dmaload-errors-XXXXXX";

static bool is_memfd(void)
{
	return strcmp(place.source, "memfd") == 0;
}

static bool is_udmabuf(void)
{
	return strncmp(place.source, "udmabuf", 7) == 0;
}

static const char *in_scratch(const char *name)
{
	static char path[100];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static void refuse_file(const char *path, int code, const char *word)
{
	struct dmaload_file *file = UNTOUCHED;
	struct dmaload_error err = { 0 };
	const int fds = open_fds();

	assert_int_equal(dmaload_file_open(&file, path, &err), code);
	assert_int_equal(err.code, code);
	assert_ptr_equal(file, UNTOUCHED);
	if (!strstr(err.message, path) || !strstr(err.message, word))
		fail_msg("\"%s\" names neither %s nor \"%s\"", err.message,
			 path, word);
	assert_int_equal(open_fds(), fds);
}

static void touch(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_files(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	(void)state;
	refuse_file(in_scratch("missing"), -ENOENT, "No such file");
	refuse_file(scratch, -EISDIR, "directory");
	refuse_file("/dev/null", -ESPIPE, "character device");
	assert_int_equal(mkfifo(in_scratch("fifo"), 0600), 0);
	refuse_file(in_scratch("fifo"), -ESPIPE, "pipe");

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s",
		 in_scratch("socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	refuse_file(in_scratch("socket"), -ESPIPE, "socket");
	close(fd);

	touch(in_scratch("empty"), 0600);
	refuse_file(in_scratch("empty"), -ENODATA, "empty");
}

static void test_file_fds(void **state)
{
	struct dmaload_file *file = UNTOUCHED;
	struct dmaload_error err;
	int pipes[2], fd;

	(void)state;
	assert_int_equal(dmaload_file_from_fd(&file, 9999, &err), -EBADF);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(dmaload_file_from_fd(&file, pipes[0], &err), -ESPIPE);
	close(pipes[0]);
	close(pipes[1]);
	fd = open(pattern_path(4096), O_PATH | O_CLOEXEC);
	assert_int_equal(dmaload_file_from_fd(&file, fd, &err), -EBADF);
	close(fd);
	assert_ptr_equal(file, UNTOUCHED);

	fd = open(pattern_path(4096), O_RDONLY | O_CLOEXEC);
	assert_int_equal(dmaload_file_from_fd(&file, fd, &err), 0);
	close(fd);
	assert_int_equal(dmaload_file_size(file), 4096);
	dmaload_file_close(file);
}

static void test_ranges(void **state)
{
	const uint64_t size = 2 * page_size();
	char bytes[32];
	struct kit kit;

	(void)state;
	snprintf(bytes, sizeof(bytes), "%" PRIu64 " bytes", size);
	kit_open(&kit, 4097, size);
	assert_int_equal(kit_load(&kit, 4097, 0, 1, 0), -ERANGE);
	assert_int_equal(kit_load(&kit, 4097, 0, DMALOAD_TO_END, 0), -ERANGE);
	assert_int_equal(kit_load(&kit, 0, 0, 4098, 0), -ERANGE);
	assert_non_null(strstr(kit.err.message, "4097 bytes"));
	assert_int_equal(kit_load(&kit, 1, 0, UINT64_MAX - 1, 0), -ERANGE);
	assert_int_equal(kit_load(&kit, 16, 0, UINT64_MAX - 1, 0), -EOVERFLOW);
	assert_int_equal(kit_load(&kit, 0, UINT64_MAX, 2, 0), -EOVERFLOW);
	assert_int_equal(kit_load(&kit, 0, size - 4096, 4097, 0),
			 -ENOSPC);
	assert_non_null(strstr(kit.err.message, bytes));
	assert_int_equal(kit_load(&kit, 0, size, 1, 0), -ENOSPC);
	assert_int_equal(kit_load(&kit, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(kit_load(&kit, 0, 0, 1, 1u << 9), -EINVAL);
	/* Nothing of it has touched the buffer, and the next load works. */
	kit_check(&kit, 0, 0, 0);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	kit_check(&kit, 0, 0, 4097);
	kit_close(&kit);
}

static void test_no_fds(void **state)
{
	struct dmaload_file *file = UNTOUCHED;
	struct dmaload_error err;
	struct rlimit limit, few;
	int fds[64], n = 0;
	struct kit kit;

	(void)state;
	/* Resident pages would need no fd. */
	kit_open_alone(&kit, 4096, 4096);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < 64 && (fds[n] = dup(1)) >= 0)
		n++;
	assert_int_equal(errno, EMFILE);
	assert_int_equal(dmaload_file_open(&file, pattern_path(4096), &err),
			 -EMFILE);
	assert_ptr_equal(file, UNTOUCHED);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -EMFILE);
	assert_non_null(strstr(kit.err.message, strerror(EMFILE)));
	while (n > 0)
		close(fds[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	kit_check(&kit, 0, 0, 4096);
	kit_close(&kit);
}

/* In a child that has given up root: exits 0 if all is as it should be. */
static int as_nobody(void)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_file *file = UNTOUCHED;
	struct dmaload_error err;

	if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		return 10;
	if (dmaload_file_open(&file, in_scratch("secret"), &err) != -EACCES ||
	    !strstr(err.message, "secret"))
		return 11;
	if (is_memfd())
		return 0;
	if (dmaload_buffer_create(&buffer, place.source, 4096, &err) != -EACCES)
		return 12;
	if (!strstr(err.message, is_udmabuf() ? "/dev/udmabuf" :
						"/dev/dma_heap/") ||
	    !strstr(err.message, "group root") || !strstr(err.message, "udev"))
		return 13;
	return buffer == UNTOUCHED ? 0 : 14;
}

static void test_permission(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (getuid() != 0)
		skip();
	touch(in_scratch("secret"), 0600);
	assert_int_equal(chmod(scratch, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int make_scratch(void **state)
{
	(void)state;
	return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state)
{
	static const char *const names[] = { "fifo", "socket", "empty",
					     "secret" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_scratch(names[i]));
	return rmdir(scratch);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_file_fds),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_no_fds),
		cmocka_unit_test(test_permission),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("errors", tests, make_scratch,
					   remove_scratch) +
	       refused_buffers() + changing_files();
}
