/* SPDX-License-Identifier: MIT */
/* Sources that are refused, or have no memory, and dma-bufs of others. */
#include "refused_buffers.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNTOUCHED ((void *)0x1)

static bool is_memfd(void)
{
	return strcmp(place.source, "memfd") == 0;
}

static bool is_udmabuf(void)
{
	return strncmp(place.source, "udmabuf", 7) == 0;
}

static void refuse_source(const char *source, uint64_t size, int code,
			  const char *word)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err = { 0 };
	const int fds = open_fds();

	assert_int_equal(dmaload_buffer_create(&buffer, source, size, &err),
			 code);
	assert_int_equal(err.code, code);
	assert_ptr_equal(buffer, UNTOUCHED);
	if (!strstr(err.message, word))
		fail_msg("\"%s\" does not say \"%s\"", err.message, word);
	assert_int_equal(open_fds(), fds);
}

static void refuse_fd(int fd, int code, const char *word)
{
	struct dmaload_buffer *buffer = UNTOUCHED;
	struct dmaload_error err = { 0 };
	const int fds = open_fds();

	assert_int_equal(dmaload_buffer_from_fd(&buffer, fd, &err), code);
	assert_ptr_equal(buffer, UNTOUCHED);
	if (!strstr(err.message, word))
		fail_msg("\"%s\" does not say \"%s\"", err.message, word);
	assert_int_equal(open_fds(), fds);
}

static uint64_t available_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib = 0;
	char line[128];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "MemAvailable: %" SCNu64, &kib);
	fclose(file);
	return kib * 1024;
}

static void test_sources(void **state)
{
	(void)state;
	refuse_source(place.source, 0, -EINVAL, "at least 1");
	refuse_source(place.source, UINT64_MAX, -EOVERFLOW, "offset");
	refuse_source("no-such-heap", 4096, -ENODEV,
		      "/dev/dma_heap/no-such-heap");
	refuse_source("heap:no-such-heap", 4096, -ENODEV, "no-such-heap");
	refuse_source("heap:../null", 4096, -EINVAL, "../null");
	refuse_source("", 4096, -EINVAL, "name of a heap");
	refuse_source("memfd:2M", 4096, -EINVAL, "argument");
	refuse_source("udmabuf:4K", 4096, -EINVAL, "argument");
	if (access("/dev/udmabuf", F_OK) < 0)
		refuse_source("udmabuf", 4096, -ENODEV, "CONFIG_UDMABUF");
	/* Refused before the heap is asked: it would call the OOM killer. */
	refuse_source(place.source, 2 * available_bytes(), -ENOMEM,
		      "MemAvailable");
}

/*
 * Shared memory that is granted is not granted again, although no page of it is
 * there yet. A heap's is there at once, and would not be small here.
 */
static void test_memory_is_granted_once(void **state)
{
	struct dmaload_memory memory = { .size = sizeof(memory) };
	struct dmaload_buffer *buffer;
	struct dmaload_error err;
	uint64_t most;

	(void)state;
	if (strcmp(place.source, "memfd") != 0 &&
	    strcmp(place.source, "udmabuf") != 0)
		return;
	assert_int_equal(dmaload_memory_query(&memory, NULL), 0);
	most = memory.room_bytes / 10 * 7;
	if (dmaload_buffer_create(&buffer, place.source, most, &err) < 0)
		fail_msg("%s", err.message);
	refuse_source(place.source, most, -ENOMEM, "other buffers of this");
	dmaload_buffer_destroy(buffer);
}

static void test_foreign_fds(void **state)
{
	int pipes[2], fd;

	(void)state;
	refuse_fd(-1, -EBADF, "not open");
	refuse_fd(9999, -EBADF, "not open");
	assert_int_equal(pipe(pipes), 0);
	refuse_fd(pipes[0], -EBADFD, "a pipe");
	close(pipes[0]);
	close(pipes[1]);
	fd = open(pattern_path(4096), O_RDONLY | O_CLOEXEC);
	refuse_fd(fd, -EBADFD, "a regular file");
	close(fd);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	refuse_fd(fd, -EBADFD, "a character device");
	close(fd);
}

/* Somebody else's dma-buf, by fd: it loads like one of ours. */
static void test_foreign_dmabuf(void **state)
{
	struct dmaload_buffer *ours;
	struct kit kit;
	int fd;

	(void)state;
	if (is_memfd() || is_udmabuf())
		return;
	kit_open(&kit, 1048577, 4096);
	ours = kit.buffer;
	fd = raw_alloc(place.source, 1 << 21, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(dmaload_buffer_from_fd(&kit.buffer, fd, &kit.err), 0);
	close(fd);
	assert_int_equal(dmaload_buffer_size(kit.buffer), 1 << 21);
	assert_string_equal(dmaload_buffer_source(kit.buffer), "foreign");
	kit_guard(&kit);
	assert_int_equal(kit_load(&kit, 0, 4096, DMALOAD_TO_END, 0), 0);
	kit_check(&kit, 0, 4096, 1048577);
	assert_int_equal(dmaload_report_path(&kit.report), place.pinnable ?
			 DMALOAD_PATH_DIRECT : DMALOAD_PATH_BOUNCE);
	dmaload_buffer_destroy(ours);
	kit_close(&kit);
}

static void test_read_only_dmabuf(void **state)
{
	struct dmaload_buffer *ours;
	struct dmaload_range range;
	struct kit kit;
	int fd;

	(void)state;
	if (is_memfd() || is_udmabuf())
		return;
	kit_open(&kit, 4096, 4096);
	ours = kit.buffer;
	fd = raw_alloc(place.source, 4096, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(dmaload_buffer_from_fd(&kit.buffer, fd, &kit.err), 0);
	close(fd);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -EROFS);
	assert_non_null(strstr(kit.err.message, "read-only"));
	/* To read it is allowed: it is all zeroes, and the file is not. */
	range = (struct dmaload_range){ .file = kit.file, .buffer = kit.buffer,
					.length = 4096 };
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL, &kit.err),
			 -EBADMSG);
	dmaload_buffer_destroy(ours);
	kit_close(&kit);
}

int refused_buffers(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_memory_is_granted_once),
		cmocka_unit_test(test_foreign_fds),
		cmocka_unit_test(test_foreign_dmabuf),
		cmocka_unit_test(test_read_only_dmabuf),
	};

	return cmocka_run_group_tests_name("refused_buffers", tests, NULL, NULL);
}
