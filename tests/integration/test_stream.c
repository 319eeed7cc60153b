/* SPDX-License-Identifier: MIT */
/* Pipes, sockets and devices of known and unknown length: fast, slow and
 * stalled. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feeder.h"
#include "pattern.h"

static void test_a_stream_of_known_length(void **state)
{
	struct feeder feeder;
	struct kit kit;
	int socket;

	(void)state;
	for (socket = 0; socket < 2; socket++) {
		kit_open(&kit, 4096, MEDIUM + 4096);
		feeder_open(&kit, feeder_begin(&feeder, socket, MEDIUM + 777, false));
		if (kit_load(&kit, 0, 5, MEDIUM, 0) < 0)
			fail_msg("%s", kit.err.message);
		kit_check(&kit, 0, 5, MEDIUM);
		assert_int_equal(kit.report.bytes_streamed, MEDIUM);
		assert_int_equal(dmaload_report_path(&kit.report),
				 DMALOAD_PATH_STREAM);
		/* The next bytes of the stream can still be loaded. */
		kit_guard(&kit);
		assert_int_equal(kit_load(&kit, MEDIUM, 0, DMALOAD_TO_END, 0),
				 0);
		assert_int_equal(kit.report.bytes_total, 777);
		kit_check(&kit, MEDIUM, 0, 777);
		assert_int_equal(kit_load(&kit, 0, 0, 1, 0), -EINVAL);
		assert_int_equal(kit_load(&kit, MEDIUM + 777, 0, 1, 0),
				 -ENODATA);
		feeder_finish(&feeder);
		kit_close(&kit);
	}
}

static void test_a_stream_that_is_too_short(void **state)
{
	struct feeder feeder;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, MEDIUM);
	feeder_open(&kit, feeder_begin(&feeder, false, 1000003, false));
	assert_int_equal(kit_load(&kit, 0, 0, MIB, 0), -ENODATA);
	assert_non_null(strstr(kit.err.message, "ended after 1000003 bytes"));
	feeder_finish(&feeder);
	kit_close(&kit);
}

/* Bytes between the ranges are read and thrown away. */
static void test_scattered_ranges_of_a_stream(void **state)
{
	struct dmaload_range ranges[3];
	struct feeder feeder;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, 4096, MEDIUM);
	feeder_open(&kit, feeder_begin(&feeder, false, MEDIUM, false));
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
	feeder_finish(&feeder);
	kit_close(&kit);
}

/* Load a stream of unknown length into an existing buffer. */
static void test_a_stream_to_its_end(void **state)
{
	struct feeder feeder;
	struct kit kit;

	(void)state;
	kit_open(&kit, 4096, MIB);
	feeder_open(&kit, feeder_begin(&feeder, false, MIB, false));
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	assert_int_equal(kit.report.bytes_total, MIB);
	kit_check(&kit, 0, 0, MIB);
	feeder_finish(&feeder);

	feeder_open(&kit, feeder_begin(&feeder, false, MIB + 1, false));
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -ENOSPC);
	feeder_finish(&feeder);
	feeder_open(&kit, feeder_begin(&feeder, false, 0, false));
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), -ENODATA);
	feeder_finish(&feeder);
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

static void test_a_stream_of_unknown_length(void **state)
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
		feeder_open(&kit, feeder_begin(&feeder, false, lengths[i], false));
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
		feeder_finish(&feeder);
	}
	/* A stream that just fits into the maximum, and one that is a byte
	 * longer. */
	feeder_open(&kit, feeder_begin(&feeder, true, 100000, false));
	assert_int_equal(load_stream(&kit, 4096, 100000, &length), 0);
	assert_int_equal(length, 100000);
	feeder_finish(&feeder);
	feeder_open(&kit, feeder_begin(&feeder, true, 100001, false));
	assert_int_equal(load_stream(&kit, 4096, 100000, &length), -EFBIG);
	feeder_finish(&feeder);
	feeder_open(&kit, feeder_begin(&feeder, true, 0, false));
	assert_int_equal(load_stream(&kit, 0, 0, &length), -ENODATA);
	feeder_finish(&feeder);
	kit_close(&kit);
}

/* The maximum exceeds the machine's memory: refused before any is allocated. */
static void test_a_stream_without_end(void **state)
{
	struct kit kit;
	uint64_t length;

	(void)state;
	kit_open(&kit, 4096, 4096);
	feeder_open(&kit, open("/dev/zero", O_RDONLY | O_CLOEXEC));
	assert_int_equal(load_stream(&kit, 4096, 64 * MIB, &length), -EFBIG);
	assert_int_equal(load_stream(&kit, UINT64_C(1) << 50, 0, &length),
			 -ENOMEM);
	kit_close(&kit);
}

static void test_bad_ranges_of_a_stream_are_refused(void **state)
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
		cmocka_unit_test(test_a_stream_of_known_length),
		cmocka_unit_test(test_a_stream_that_is_too_short),
		cmocka_unit_test(test_scattered_ranges_of_a_stream),
		cmocka_unit_test(test_a_stream_to_its_end),
		cmocka_unit_test(test_a_stream_of_unknown_length),
		cmocka_unit_test(test_a_stream_without_end),
		cmocka_unit_test(test_bad_ranges_of_a_stream_are_refused),
	};

	if (!place_from(argc, argv))
		return 2;
	/* A feeder whose reader has closed the stream must not end the
	 * program. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL) +
	       stream_waits();
}
