/* SPDX-License-Identifier: MIT */
/* Loads from a stream: what comes, in the order in which it comes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "crowd.h"

#define MS 1000000u

static struct fake_node *make(struct crowd *crowd, uint64_t size)
{
	crowd_make(crowd, 4096, 4);
	crowd_add_buffer(crowd, "pfnmap", 64 << 10);
	crowd_add_buffer(crowd, "memfd", 64 << 10);
	return crowd_add_stream(crowd, FAKE_PIPE, size);
}

static void length_is_known(void **state)
{
	static const enum fake_kind kinds[] = { FAKE_PIPE, FAKE_SOCKET,
						FAKE_CHAR };
	struct dmaload_range range;
	struct crowd crowd;
	size_t i;

	(void)state;
	crowd_make(&crowd, 4096, 4);
	crowd_add_buffer(&crowd, "pfnmap", 64 << 10);
	for (i = 0; i < 3; i++) {
		crowd_add_stream(&crowd, kinds[i], 50000)->comes_most =
			i * 1000;
		range = crowd_range(&crowd, (unsigned)i, 0, 0, 77, 50000);
		crowd_load_all(&crowd, &range, 1);
		assert_int_equal(crowd.report.bytes_streamed, 50000);
		assert_int_equal(crowd.report.brackets, 1);
		/* It is used up. */
		range.file_offset = 50000;
		crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1),
				    -ENODATA, "ended after 50000 bytes");
		crowd_check(&crowd, &range, 1, false);
	}
	crowd_drop(&crowd);
}

/* Bytes between the ranges are read and not used. */
static void scattered_over_buffers(void **state)
{
	struct dmaload_range ranges[4];
	struct fake_node *node;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		node = make(&crowd, 60000);
		node->comes_most = i % 3 * 1777;
		node->stalls = i;
		ranges[0] = crowd_range(&crowd, 0, 100, 0, 40000, 9000);
		ranges[1] = crowd_range(&crowd, 0, 9100, 1, 7, 1);
		ranges[2] = crowd_range(&crowd, 0, 30000, 1, 30000, 20000);
		ranges[3] = crowd_range(&crowd, 0, 59999, 0, 0, 1);
		/* The order is that of the stream, however they are named. */
		if (i >= 3) {
			const struct dmaload_range first = ranges[0];

			ranges[0] = ranges[2];
			ranges[2] = first;
		}
		crowd_load_all(&crowd, ranges, 4);
		assert_int_equal(crowd.report.bytes_streamed, 29002);
		assert_int_equal(node->came, 60000);
		crowd_drop(&crowd);
		fake_reset();
	}
}

struct seen {
	uint64_t total;
	unsigned calls;
	unsigned cancel_at;
};

static int watch(const struct dmaload_progress *progress, void *data)
{
	struct seen *seen = data;

	assert_true(progress->bytes_done <= progress->bytes_total);
	assert_int_equal(progress->bytes_prefix, progress->bytes_done);
	seen->total = progress->bytes_total;
	return ++seen->calls == seen->cancel_at;
}

static void unknown_length(uint64_t size, size_t comes_most)
{
	struct seen seen = { .calls = 0 };
	struct dmaload_range range;
	struct fake_node *node;
	struct crowd crowd;

	node = make(&crowd, size);
	node->comes_most = comes_most;
	crowd.options.progress = watch;
	crowd.options.progress_data = &seen;
	range = crowd_range(&crowd, 0, 0, 0, 1000, DMALOAD_TO_END);
	if (size == 0) {
		crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1),
				    -ENODATA, "ended after 0 bytes");
	} else if (size <= (64 << 10) - 1000) {
		crowd_load_all(&crowd, &range, 1);
		assert_int_equal(seen.total, size);
	} else {
		crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1),
				    -ENOSPC, "more than the 64536 bytes");
		/* A byte more than there is room for was needed to know it. */
		assert_int_equal(node->came, 64537);
	}
	fake_check_quiet();
	crowd_drop(&crowd);
	fake_reset();
}

static void length_is_not_known(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 4096, 4097, 20000, 64535, 64536,
					  64537, 70000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unknown_length(sizes[i], 0);
		unknown_length(sizes[i], 999);
	}
}

/* Nothing is lost by what only has to be asked again. */
static void trouble_that_passes(void **state)
{
	static const int codes[] = { -EINTR, -EAGAIN };
	struct dmaload_range ranges[2];
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		make(&crowd, 30000)->comes_most = 1000;
		ranges[0] = crowd_range(&crowd, 0, 0, 0, 0, 12000);
		ranges[1] = crowd_range(&crowd, 0, 20000, 1, 0, 10000);
		fake_fail_calls(FAKE_READ_STREAM, 1, 1, codes[i]);
		fake_fail_calls(FAKE_READ_STREAM, 5, 20, codes[i]);
		fake_fail_calls(FAKE_READ_STREAM, 40, 1, codes[i]);
		fake_fail_calls(FAKE_WAIT_READABLE, 6, 3, -EINTR);
		crowd_load_all(&crowd, ranges, 2);
		assert_int_equal(crowd.report.retries, 22);
		crowd_drop(&crowd);
		fake_reset();
	}
}

static void trouble_that_stays(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	make(&crowd, 30000)->comes_most = 1000;
	range = crowd_range(&crowd, 0, 0, 0, 0, 20000);
	fake_fail_calls(FAKE_READ_STREAM, 8, 1, -ECONNRESET);
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -ECONNRESET,
			    " at offset 6096");
	crowd_check(&crowd, &range, 1, false);
	assert_int_equal(crowd.report.bytes_streamed, 6096);
	fake_fail_calls(FAKE_WAIT_READABLE, 1, 1, -ENOMEM);
	range.file_offset = 6096;
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -ENOMEM,
			    "at offset 6096");
	/* The bytes that had come are gone, and the rest goes on. */
	crowd_load_all(&crowd, &range, 1);
	crowd_drop(&crowd);
}

/* A device that pins its target cannot have a heap's. */
static void staged_where_the_mapping_is_refused(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	make(&crowd, 30000)->comes_most = 3000;
	fake.reads_pin = true;
	range = crowd_range(&crowd, 0, 500, 0, 9, 20000);
	crowd_load_all(&crowd, &range, 1);
	/* Not even memory to stage it. */
	range.file_offset = 20500;
	range.length = 1000;
	fake_fail_calls(FAKE_MAP, 1, 0, -ENOMEM);
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -ENOMEM,
			    "no memory to stage");
	fake_fail_nothing();
	crowd_load_all(&crowd, &range, 1);
	crowd_drop(&crowd);
}

static void the_deadline_ends_a_stall(void **state)
{
	struct dmaload_range range;
	struct fake_node *node;
	struct crowd crowd;
	uint64_t now;

	(void)state;
	node = make(&crowd, 30000);
	node->comes_most = 5000;
	range = crowd_range(&crowd, 0, 0, 0, 0, 20000);
	node->stalls = 100;
	crowd.options.deadline_ns = now = sys_now() + 20 * MS;
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -ETIME,
			    "deadline passed after 0 of 20000");
	assert_in_range(sys_now(), now, now + 2 * MS);
	node->stalls = 0;
	crowd.options.deadline_ns = 0;
	crowd_load_all(&crowd, &range, 1);
	/* All the room is full, and the end does not come. */
	range.file_offset = 20000;
	range.length = DMALOAD_TO_END;
	range.buffer_offset = (64 << 10) - 10000;
	node->comes_most = 10000;
	crowd.options.deadline_ns = sys_now() + 20 * MS;
	node->stalls = 15;
	crowd_load_all(&crowd, &range, 1);
	crowd_drop(&crowd);
}

static void progress_can_stop_it(void **state)
{
	struct seen seen = { .cancel_at = 3 };
	struct dmaload_range range;
	struct fake_node *node;
	struct crowd crowd;

	(void)state;
	node = make(&crowd, 30000);
	node->comes_most = 1000;
	crowd.options.progress = watch;
	crowd.options.progress_data = &seen;
	range = crowd_range(&crowd, 0, 0, 0, 0, 30000);
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -ECANCELED,
			    "canceled after 3000 of 30000");
	assert_int_equal(node->came, 3000);
	crowd_drop(&crowd);
}

static void only_forward(void **state)
{
	struct dmaload_range ranges[2];
	struct fake_node *node;
	struct crowd crowd;

	(void)state;
	node = make(&crowd, 30000);
	ranges[0] = crowd_range(&crowd, 0, 1000, 0, 0, 1000);
	ranges[1] = crowd_range(&crowd, 0, 1999, 0, 5000, 1000);
	crowd_check_failure(&crowd, crowd_load(&crowd, ranges, 2), -EINVAL,
			    "at position 2000: it cannot be read from 1999");
	ranges[1].file_offset = 2000;
	ranges[1].priority = 1;
	crowd_check_failure(&crowd, crowd_load(&crowd, ranges, 2), -EINVAL,
			    "nor with several priorities");
	ranges[1].priority = 0;
	ranges[1].length = DMALOAD_TO_END;
	crowd_check_failure(&crowd, crowd_load(&crowd, ranges, 2), -EINVAL,
			    "must be the only range");
	crowd_check_failure(&crowd, dmaload_verify(crowd.ctx, ranges, 1, NULL,
						   NULL, &crowd.err),
			    -ESPIPE, "cannot be read again");
	crowd_check_failure(&crowd, dmaload_store(crowd.ctx, ranges, 1, NULL,
						  NULL, &crowd.err),
			    -EBADF, "not open for writing");
	assert_int_equal(node->came, 0);
	crowd_load_all(&crowd, ranges, 1);
	crowd_check_failure(&crowd, crowd_load(&crowd, ranges, 1), -EINVAL,
			    "at position 2000");
	assert_int_equal(node->came, 2000);
	crowd_drop(&crowd);
}

/* Beside a file, in the same call; and with the stage, once there is one. */
static void beside_a_file(void **state)
{
	struct dmaload_range ranges[3];
	struct fake_node *node;
	struct crowd crowd;
	int round;

	(void)state;
	for (round = 0; round < 2; round++) {
		make(&crowd, 30000)->comes_most = 700;
		node = crowd_add_file(&crowd, 40000, 0);
		node->direct_error = round ? -EINVAL : 0;
		ranges[0] = crowd_range(&crowd, 1, 0, 0, 0, 20000);
		ranges[1] = crowd_range(&crowd, 0, 5000, 0, 20001, 25000);
		ranges[2] = crowd_range(&crowd, 1, 20480, 1, 0, 19520);
		fake_fail_calls(FAKE_READ_STREAM, 3, 4, -EAGAIN);
		crowd_load_all(&crowd, ranges, 3);
		assert_int_equal(crowd.report.bytes_streamed, 25000);
		assert_int_equal(crowd.report.bytes_direct, round ? 0 : 19456);
		assert_int_equal(crowd.report.bytes_buffered,
				 round ? 39520 : 0);
		crowd_drop(&crowd);
		fake_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(length_is_known),
		SCENE_TEST(scattered_over_buffers),
		SCENE_TEST(length_is_not_known),
		SCENE_TEST(trouble_that_passes),
		SCENE_TEST(trouble_that_stays),
		SCENE_TEST(staged_where_the_mapping_is_refused),
		SCENE_TEST(the_deadline_ends_a_stall),
		SCENE_TEST(progress_can_stop_it),
		SCENE_TEST(only_forward),
		SCENE_TEST(beside_a_file),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
