/* SPDX-License-Identifier: MIT */
/* Loads from a stream, in the order in which its bytes come. */
#include <errno.h>

#include "scene.h"

static void length_is_known(void **state)
{
	static const enum fake_kind kinds[] = { FAKE_PIPE, FAKE_SOCKET,
						FAKE_CHAR };
	struct dmaload_range range;
	struct scene scene;
	size_t i;

	(void)state;
	scene_make_empty(&scene, 4096, 4);
	scene_add_buffer(&scene, "pfnmap", 64 << 10);
	for (i = 0; i < 3; i++) {
		scene_add_stream(&scene, kinds[i], 50000)->comes_most =
			i * 1000;
		range = scene_range(&scene, (unsigned)i, 0, 0, 77, 50000);
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(scene.report.bytes_streamed, 50000);
		assert_int_equal(scene.report.brackets, 1);
		/* The stream is at its end. */
		range.file_offset = 50000;
		scene_expect_failure(&scene, &range, 1, -ENODATA,
				     "ended after 50000 bytes");
		scene_check_ranges(&scene, &range, 1, false);
	}
	scene_drop(&scene);
}

/* Bytes between the ranges are read and not used. */
static void scattered_over_buffers(void **state)
{
	struct dmaload_range ranges[4];
	struct fake_node *node;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		node = scene_make_stream(&scene, 60000);
		node->comes_most = i % 3 * 1777;
		node->stalls = i;
		ranges[0] = scene_range(&scene, 0, 100, 0, 40000, 9000);
		ranges[1] = scene_range(&scene, 0, 9100, 1, 7, 1);
		ranges[2] = scene_range(&scene, 0, 30000, 1, 30000, 20000);
		ranges[3] = scene_range(&scene, 0, 59999, 0, 0, 1);
		/* Ranges may be in any order. */
		if (i >= 3) {
			const struct dmaload_range first = ranges[0];

			ranges[0] = ranges[2];
			ranges[2] = first;
		}
		scene_expect_load(&scene, ranges, 4);
		assert_int_equal(scene.report.bytes_streamed, 29002);
		assert_int_equal(node->came, 60000);
		scene_drop(&scene);
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
	struct scene scene;

	node = scene_make_stream(&scene, size);
	node->comes_most = comes_most;
	scene.options.progress = watch;
	scene.options.progress_data = &seen;
	range = scene_range(&scene, 0, 0, 0, 1000, DMALOAD_TO_END);
	if (size == 0) {
		scene_expect_failure(&scene, &range, 1, -ENODATA,
				     "ended after 0 bytes");
	} else if (size <= (64 << 10) - 1000) {
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(seen.total, size);
	} else {
		scene_expect_failure(&scene, &range, 1, -ENOSPC,
				     "more than the 64536 bytes");
		/* Only one byte more shows that there is too little room. */
		assert_int_equal(node->came, 64537);
	}
	fake_check_quiet();
	scene_drop(&scene);
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

/* Reading is a part of the whole, which begins with the first read and not with
 * the wait for it. */
static void waits_before_the_first_read_do_not_count(void **state)
{
	struct dmaload_range range;
	struct fake_node *node;
	struct scene scene;

	(void)state;
	node = scene_make_stream(&scene, 30000);
	node->comes_most = 10000;
	node->stalls = 15;
	range = scene_range(&scene, 0, 0, 0, 0, 30000);
	scene_expect_load(&scene, &range, 1);
	assert_true(scene.report.read_ns > 0);
	assert_true(scene.report.read_ns <= scene.report.total_ns);
	scene_drop(&scene);
}

static void progress_can_stop_it(void **state)
{
	struct seen seen = { .cancel_at = 3 };
	struct dmaload_range range;
	struct fake_node *node;
	struct scene scene;

	(void)state;
	node = scene_make_stream(&scene, 30000);
	node->comes_most = 1000;
	scene.options.progress = watch;
	scene.options.progress_data = &seen;
	range = scene_range(&scene, 0, 0, 0, 0, 30000);
	scene_expect_failure(&scene, &range, 1, -ECANCELED,
			     "canceled after 3000 of 30000");
	assert_int_equal(node->came, 3000);
	scene_drop(&scene);
}

static void only_forward(void **state)
{
	struct dmaload_range ranges[2];
	struct fake_node *node;
	struct scene scene;

	(void)state;
	node = scene_make_stream(&scene, 30000);
	ranges[0] = scene_range(&scene, 0, 1000, 0, 0, 1000);
	ranges[1] = scene_range(&scene, 0, 1999, 0, 5000, 1000);
	scene_expect_failure(&scene, ranges, 2, -EINVAL,
			     "at position 2000: it cannot be read from 1999");
	ranges[1].file_offset = 2000;
	ranges[1].priority = 1;
	scene_expect_failure(&scene, ranges, 2, -EINVAL,
			     "nor with several priorities");
	ranges[1].priority = 0;
	ranges[1].length = DMALOAD_TO_END;
	scene_expect_failure(&scene, ranges, 2, -EINVAL,
			     "must be the only range");
	scene_check_failure(&scene, dmaload_verify(scene.ctx, ranges, 1, NULL,
						   NULL, &scene.err),
			    -ESPIPE, "cannot be read again");
	scene_check_failure(&scene, dmaload_store(scene.ctx, ranges, 1, NULL,
						  NULL, &scene.err),
			    -EBADF, "not open for writing");
	assert_int_equal(node->came, 0);
	scene_expect_load(&scene, ranges, 1);
	scene_expect_failure(&scene, ranges, 1, -EINVAL, "at position 2000");
	assert_int_equal(node->came, 2000);
	scene_drop(&scene);
}

/* A stream and a file in one call, also with a stage. */
static void beside_a_file(void **state)
{
	struct dmaload_range ranges[3];
	struct fake_node *node;
	struct scene scene;
	int round;

	(void)state;
	for (round = 0; round < 2; round++) {
		scene_make_stream(&scene, 30000)->comes_most = 700;
		node = scene_add_file(&scene, 40000, 0);
		node->direct_error = round ? -EINVAL : 0;
		ranges[0] = scene_range(&scene, 1, 0, 0, 0, 20000);
		ranges[1] = scene_range(&scene, 0, 5000, 0, 20001, 25000);
		ranges[2] = scene_range(&scene, 1, 20480, 1, 0, 19520);
		fake_fail_calls(FAKE_READ_STREAM, 3, 4, -EAGAIN);
		scene_expect_load(&scene, ranges, 3);
		assert_int_equal(scene.report.bytes_streamed, 25000);
		assert_int_equal(scene.report.bytes_direct, round ? 0 : 19456);
		assert_int_equal(scene.report.bytes_buffered,
				 round ? 39520 : 0);
		scene_drop(&scene);
		fake_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(length_is_known),
		SCENE_TEST(scattered_over_buffers),
		SCENE_TEST(length_is_not_known),
		SCENE_TEST(waits_before_the_first_read_do_not_count),
		SCENE_TEST(progress_can_stop_it),
		SCENE_TEST(only_forward),
		SCENE_TEST(beside_a_file),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
