/* SPDX-License-Identifier: MIT */
/*
 * Only a udmabuf has these: a thread that makes it, two views of one memory,
 * and a limit (udmabuf_settings.c). Runs as root, on a machine of its own: it
 * sets kernel parameters.
 */
#include "udmabuf_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)

/* A device sees the dma-buf's own pages, and the CPU and the disk wrote to
 * others: each page must be the same, and the file's. */
static void check_views(const struct kit *kit, uint64_t length)
{
	const uint64_t size = dmaload_buffer_size(kit->buffer);
	const unsigned char *ours = dmaload_buffer_map(kit->buffer);
	unsigned char *theirs;

	theirs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      dmaload_buffer_fd(kit->buffer), 0);
	assert_ptr_not_equal(theirs, MAP_FAILED);
	assert_int_equal(pattern_differs(theirs, length, 0), length);
	assert_int_equal(memcmp(theirs, ours, size), 0);
	theirs[length - 1] ^= 1;
	assert_int_equal(ours[length - 1], theirs[length - 1]);
	theirs[length - 1] ^= 1;
	munmap(theirs, size);
}

static void test_load_at_once(void **state)
{
	static const uint32_t masks[] = {
		0,
		DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED,
	};
	const struct dmaload_report *report;
	struct kit kit;
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		size = masks[i] == 0 ? place.large : MEDIUM;
		open_early(&kit, size);
		report = &kit.report;
		if (kit_load(&kit, 0, 0, DMALOAD_TO_END, masks[i]) < 0)
			fail_msg("mask %u: %s", masks[i], kit.err.message);
		if (masks[i] == 0)
			assert_int_equal(dmaload_report_path(report),
					 DMALOAD_PATH_DIRECT);
		assert_int_equal(report->brackets, 1);
		assert_true(report->create_ns > 0);
		assert_in_range(report->overlap_ns, masks[i] == 0,
				report->create_ns);
		print_message("mask %u: %" PRIu64 " ms, created in %" PRIu64
			      " ms, %" PRIu64 " of it beside the load, %" PRIu64
			      " waited for; %s\n", masks[i],
			      report->total_ns / 1000000,
			      report->create_ns / 1000000,
			      report->overlap_ns / 1000000,
			      report->create_wait_ns / 1000000,
			      dmaload_buffer_source(kit.buffer));
		check_views(&kit, size);
		kit_close(&kit);
	}
}

/* A buffer that is destroyed is gone, wherever the thread stood. */
static void test_soak(void **state)
{
	const long shared = meminfo("Shmem");
	struct dmaload_buffer *buffer;
	const int fds = open_fds();
	struct kit kit;
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		assert_int_equal(dmaload_buffer_create(&buffer, place.source,
						       4 * MIB, NULL), 0);
		/* Before, while or after it is made. */
		if (i % 4 == 1)
			usleep((useconds_t)i * 500);
		else if (i % 4 == 2)
			assert_true(dmaload_buffer_fd(buffer) >= 0);
		dmaload_buffer_destroy(buffer);
		assert_int_equal(open_fds(), fds);
	}
	for (i = 0; i < 20; i++) {
		open_early(&kit, 1048577);
		assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
		check_views(&kit, 1048577);
		kit_close(&kit);
	}
	/* Less than one of the first buffers. */
	assert_true(meminfo("Shmem") < shared + 2048);
}

static void *ask(void *buffer)
{
	return (void *)(intptr_t)dmaload_buffer_fd(buffer);
}

/* Any number of threads may wait, beside a load. */
static void test_many_wait(void **state)
{
	pthread_t threads[8];
	struct kit kit;
	void *fd;
	int i;

	(void)state;
	open_early(&kit, MEDIUM);
	for (i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask,
						kit.buffer), 0);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	for (i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], &fd), 0);
		assert_int_equal((intptr_t)fd, dmaload_buffer_fd(kit.buffer));
	}
	check_views(&kit, MEDIUM);
	kit_close(&kit);
}

/* The buffer of a job that runs is destroyed: the job keeps it. */
static void test_destroyed_while_loading(void **state)
{
	struct dmaload_range range = { .length = DMALOAD_TO_END };
	struct dmaload_job *job;
	struct kit kit;

	(void)state;
	open_early(&kit, MEDIUM);
	range.file = kit.file;
	range.buffer = kit.buffer;
	assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, &range, 1,
					NULL, &kit.err), 0);
	dmaload_buffer_destroy(kit.buffer);
	kit.buffer = NULL;
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, &kit.report,
					  &kit.err), 0);
	assert_int_equal(kit.report.bytes_direct, MEDIUM);
	dmaload_job_destroy(job);
	kit_close(&kit);
}

/* A child has the memory, and the dma-buf if it was there in time. */
static void test_fork(void **state)
{
	struct dmaload_buffer *buffer;
	int status, fd;
	pid_t pid;

	(void)state;
	assert_int_equal(dmaload_buffer_create(&buffer, place.source,
					       MEDIUM, NULL), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		fd = dmaload_buffer_fd(buffer);
		dmaload_buffer_destroy(buffer);
		_exit(fd == -ECHILD || fd >= 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_at_once),
		cmocka_unit_test(test_soak),
		cmocka_unit_test(test_many_wait),
		cmocka_unit_test(test_destroyed_while_loading),
		cmocka_unit_test(test_fork),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("udmabuf", tests, NULL, NULL) +
	       udmabuf_settings();
}
