/* SPDX-License-Identifier: MIT */
/* Pipes, sockets and devices, of known and unknown length, fast, slow and stalled. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM ((uint64_t)16 << 20)

/* Writes the pattern into a stream, from a thread of its own. */
struct feeder {
	pthread_t thread;
	int fd;
	uint64_t length;
	/* Keep the stream open, and silent, until told to close it. */
	bool stalls;
	/* All is in the stream, and no more will come. */
	atomic_bool fed;
};

static void *feed(void *data)
{
	struct feeder *feeder = data;
	unsigned char *block = malloc(65536);
	uint64_t at = 0, n;
	ssize_t done;

	while (block && at < feeder->length) {
		n = feeder->length - at < 65536 ? feeder->length - at : 65536;
		pattern_fill(block, n, at);
		done = write(feeder->fd, block, n);
		if (done <= 0)
			break;
		at += (uint64_t)done;
	}
	free(block);
	atomic_store(&feeder->fed, true);
	if (!feeder->stalls)
		close(feeder->fd);
	return NULL;
}

/* The stream's end to be read. */
static int begin(struct feeder *feeder, bool socket, uint64_t length,
		 bool stalls)
{
	int fds[2];

	if (socket)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					    0, fds), 0);
	else
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*feeder = (struct feeder){ .fd = fds[1], .length = length,
				   .stalls = stalls };
	assert_int_equal(pthread_create(&feeder->thread, NULL, feed, feeder), 0);
	return fds[0];
}

static void finish(struct feeder *feeder)
{
	pthread_join(feeder->thread, NULL);
	if (feeder->stalls)
		close(feeder->fd);
}

/* The kit's file becomes a stream. */
static void open_stream(struct kit *kit, int fd)
{
	dmaload_file_close(kit->file);
	if (dmaload_file_from_stream(&kit->file, fd, &kit->err) < 0)
		fail_msg("%s", kit->err.message);
	close(fd);
}

static void test_known_length(void **state)
{
	struct feeder feeder;
	struct kit kit;
	int socket;

	(void)state;
	for (socket = 0; socket < 2; socket++) {
		kit_open(&kit, 4096, MEDIUM + 4096);
		open_stream(&kit, begin(&feeder, socket, MEDIUM + 777, false));
		if (kit_load(&kit, 0, 5, MEDIUM, 0) < 0)
			fail_msg("%s", kit.err.message);
		kit_check(&kit, 0, 5, MEDIUM);
		assert_int_equal(kit.report.bytes_streamed, MEDIUM);
		assert_int_equal(dmaload_report_path(&kit.report),
				 DMALOAD_PATH_STREAM);
		/* Bytes that were not asked for are still to be had. */
		kit_guard(&kit);
		assert_int_equal(kit_load(&kit, MEDIUM, 0, DMALOAD_TO_END, 0),
				 0);
		assert_int_equal(kit.report.bytes_total, 777);
		kit_check(&kit, MEDIUM, 0, 777);
		assert_int_equal(kit_load(&kit, 0, 0, 1, 0), -EINVAL);
		assert_int_equal(kit_load(&kit, MEDIUM + 777, 0, 1, 0),
				 -ENODATA);
		finish(&feeder);
		kit_close(&kit);
	}
}

static void test_too_short(void **state)
{
	struct feeder feeder;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, MEDIUM);
	open_stream(&kit, begin(&feeder, false, 1000003, false));
	assert_int_equal(kit_load(&kit, 0, 0, MIB, 0), -ENODATA);
	assert_non_null(strstr(kit.err.message, "ended after 1000003 bytes"));
	finish(&feeder);
	kit_close(&kit);
}

/* Scattered: what lies between the ranges is read and thrown away. */
static void test_scattered(void **state)
{
	struct dmaload_range ranges[3];
	struct feeder feeder;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, 4096, MEDIUM);
	open_stream(&kit, begin(&feeder, false, MEDIUM, false));
	for (i = 0; i < 3; i++)
		ranges[i] = (struct dmaload_range){
			.file = kit.file, .file_offset = i * 5 * MIB + 99,
			.buffer = kit.buffer,
			.buffer_offset = (2 - i) * 2 * MIB + 1, .length = MIB,
		};
	if (dmaload_load(kit.ctx, ranges, 3, NULL, &kit.report, &kit.err) < 0)
		fail_msg("%s", kit.err.message);
	assert_int_equal(kit.report.bytes_streamed, 3 * MIB);
	for (i = 0; i < 3; i++)
		assert_int_equal(pattern_differs(
			(unsigned char *)dmaload_buffer_map(kit.buffer) +
			ranges[i].buffer_offset, MIB, ranges[i].file_offset),
			MIB);
	ranges[0].file_offset = ranges[1].file_offset = 12 * MIB;
	ranges[1].file_offset -= 1;
	assert_int_equal(dmaload_load(kit.ctx, ranges, 2, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(dmaload_verify(kit.ctx, ranges, 1, NULL, NULL, NULL),
			 -ESPIPE);
	assert_int_equal(dmaload_store(kit.ctx, ranges, 1, NULL, NULL, NULL),
			 -EBADF);
	dmaload_file_close(kit.file);
	kit.file = NULL;
	finish(&feeder);
	kit_close(&kit);
}

/* Load a stream of unknown length into a buffer that is there. */
static void test_to_its_end(void **state)
{
	struct feeder feeder;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, MIB);
	open_stream(&kit, begin(&feeder, false, MIB, false));
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	assert_int_equal(kit.report.bytes_total, MIB);
	kit_check(&kit, 0, 0, MIB);
	finish(&feeder);

	open_stream(&kit, begin(&feeder, false, MIB + 1, false));
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -ENOSPC);
	finish(&feeder);
	open_stream(&kit, begin(&feeder, false, 0, false));
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -ENODATA);
	finish(&feeder);
	kit_close(&kit);
}

static int load_stream(struct kit *kit, uint64_t hint, uint64_t limit,
		       uint64_t *length)
{
	struct dmaload_buffer *buffer;
	int r;

	r = dmaload_load_stream(&buffer, length, kit->ctx, kit->file,
				place.source, hint, limit, NULL, &kit->report,
				&kit->err);
	if (r == 0) {
		dmaload_buffer_destroy(kit->buffer);
		kit->buffer = buffer;
	}
	return r;
}

static void test_unknown_length(void **state)
{
	static const uint64_t lengths[] = { 1, 4095, 4096, 4097, MIB, MIB + 1,
					    3 * MIB - 1, 20 * MIB + 12345 };
	struct feeder feeder;
	struct kit kit;
	uint64_t length;
	size_t i;

	(void)state;
	kit_open(&kit, 4096, 4096);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		open_stream(&kit, begin(&feeder, false, lengths[i], false));
		if (load_stream(&kit, i & 1 ? 4096 : MIB, 0, &length) < 0)
			fail_msg("%" PRIu64 " bytes: %s", lengths[i],
				 kit.err.message);
		assert_int_equal(length, lengths[i]);
		assert_int_equal(kit.report.bytes_streamed, lengths[i]);
		assert_int_equal(kit.report.cache_residue_bytes, 0);
		assert_int_equal(pattern_differs(dmaload_buffer_map(kit.buffer),
						 length, 0), length);
		assert_true(dmaload_buffer_size(kit.buffer) <=
			    (length > MIB ? 2 * length : MIB));
		finish(&feeder);
	}
	/* Just as long as is allowed, and one byte more. */
	open_stream(&kit, begin(&feeder, true, 100000, false));
	assert_int_equal(load_stream(&kit, 4096, 100000, &length), 0);
	assert_int_equal(length, 100000);
	finish(&feeder);
	open_stream(&kit, begin(&feeder, true, 100001, false));
	assert_int_equal(load_stream(&kit, 4096, 100000, &length), -EFBIG);
	finish(&feeder);
	open_stream(&kit, begin(&feeder, true, 0, false));
	assert_int_equal(load_stream(&kit, 0, 0, &length), -ENODATA);
	finish(&feeder);
	kit_close(&kit);
}

/* More than the machine has: refused before anything is taken for it. */
static void test_without_end(void **state)
{
	struct kit kit;
	uint64_t length;

	(void)state;
	kit_open(&kit, 4096, 4096);
	open_stream(&kit, open("/dev/zero", O_RDONLY | O_CLOEXEC));
	assert_int_equal(load_stream(&kit, 4096, 64 * MIB, &length), -EFBIG);
	assert_int_equal(load_stream(&kit, UINT64_C(1) << 50, 0, &length),
			 -ENOMEM);
	kit_close(&kit);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nothing comes any more: the deadline ends it. On a busy machine it may pass
 * before the first byte; then a later one is tried. The bytes that had come are
 * there. */
static void test_deadline(void **state)
{
	struct dmaload_options options = { .size = sizeof(options) };
	struct dmaload_range range = { .length = MEDIUM };
	uint64_t patience = 50000000;
	struct feeder feeder;
	struct kit kit;

	(void)state;
	do {
		patience *= 2;
		kit_open(&kit, 4096, MEDIUM);
		open_stream(&kit, begin(&feeder, false, MIB, true));
		range.file = kit.file;
		range.buffer = kit.buffer;
		options.deadline_ns = now_ns() + patience;
		assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options,
					      &kit.report, &kit.err), -ETIME);
		assert_true(now_ns() >= options.deadline_ns);
		assert_true(kit.report.bytes_streamed <= MIB);
		kit_check(&kit, 0, 0, kit.report.bytes_streamed);
		/* The feeder may not have got rid of all. */
		dmaload_file_close(kit.file);
		kit.file = NULL;
		finish(&feeder);
		kit_close(&kit);
	} while (kit.report.bytes_streamed < MIB);
}

/* A word from another thread does, too. */
static void test_canceled(void **state)
{
	struct dmaload_range range = { .length = MEDIUM };
	struct dmaload_ctx *other;
	struct dmaload_job *job;
	struct feeder feeder;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, MEDIUM);
	assert_int_equal(dmaload_ctx_create(&other, NULL, NULL), 0);
	open_stream(&kit, begin(&feeder, false, MIB, true));
	range.file = kit.file;
	range.buffer = kit.buffer;
	range.length = 2 * MIB;
	assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, &range, 1,
					NULL, &kit.err), 0);
	assert_int_equal(dmaload_job_wait(job, 50000000, NULL, NULL),
			 -EINPROGRESS);
	/* Meanwhile the stream is taken, also what has not come yet. */
	range.file_offset = MIB;
	range.buffer_offset = 2 * MIB;
	range.length = MIB;
	assert_int_equal(dmaload_load(other, &range, 1, NULL, NULL, &kit.err),
			 -EBUSY);
	dmaload_ctx_destroy(other);
	dmaload_job_cancel(job);
	assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, &kit.err),
			 -ECANCELED);
	dmaload_job_destroy(job);
	dmaload_file_close(kit.file);
	kit.file = NULL;
	finish(&feeder);
	kit_close(&kit);
}

struct patience {
	struct feeder *feeder;
	uint64_t done;
	unsigned calls;
};

/* Lost when nothing has come between so many calls; on a busy machine the feeder
 * itself may have to wait so long before it has written all. */
static int lose_patience(const struct dmaload_progress *how, void *data)
{
	struct patience *patience = data;

	patience->calls = atomic_load(&patience->feeder->fed) &&
			  how->bytes_done == patience->done ?
			  patience->calls + 1 : 0;
	patience->done = how->bytes_done;
	return patience->calls == 3;
}

/* The progress function is asked while nothing comes, be it for the last byte, or
 * behind it, for the end. */
static void test_patience(void **state)
{
	struct dmaload_options options = {
		.size = sizeof(options),
		.progress = lose_patience,
	};
	struct dmaload_range range = { .length = MIB };
	struct patience patience;
	struct feeder feeder;
	struct kit kit;
	unsigned to_end;

	(void)state;
	for (to_end = 0; to_end < 2; to_end++) {
		patience = (struct patience){ .feeder = &feeder };
		options.progress_data = &patience;
		kit_open(&kit, 4096, MIB);
		open_stream(&kit, begin(&feeder, false, to_end ? MIB : MIB - 1,
					true));
		range.file = kit.file;
		range.buffer = kit.buffer;
		range.length = to_end ? DMALOAD_TO_END : MIB;
		assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options,
					      &kit.report, &kit.err),
				 -ECANCELED);
		assert_int_equal(patience.calls, 3);
		finish(&feeder);
		kit_close(&kit);
	}
}

static void test_refusals(void **state)
{
	struct dmaload_file *file;
	int fds[2], fd;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, 4096);
	assert_int_equal(dmaload_file_from_stream(&file, -1, &kit.err), -EBADF);
	fd = open(pattern_path(4096), O_RDONLY | O_CLOEXEC);
	assert_int_equal(dmaload_file_from_stream(&file, fd, &kit.err),
			 -EINVAL);
	close(fd);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(dmaload_file_from_stream(&file, fds[1], &kit.err),
			 -EBADF);
	assert_int_equal(dmaload_file_from_fd(&file, fds[0], &kit.err), -ESPIPE);
	close(fds[0]);
	close(fds[1]);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_length),
		cmocka_unit_test(test_too_short),
		cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_to_its_end),
		cmocka_unit_test(test_unknown_length),
		cmocka_unit_test(test_without_end),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_canceled),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_refusals),
	};

	if (!place_from(argc, argv))
		return 2;
	/* A feeder whose reader has gone away is no reason to die. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
