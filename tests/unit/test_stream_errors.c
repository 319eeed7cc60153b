/* SPDX-License-Identifier: MIT */
/* Loads from a stream whose calls fail, or that stalls. */
#include <errno.h>

#include "scene.h"

#define MS 1000000u

/* Calls that are repeated lose no byte. */
static void trouble_that_passes(void **state)
{
	static const int codes[] = { -EINTR, -EAGAIN };
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		scene_make_stream(&scene, 30000)->comes_most = 1000;
		ranges[0] = scene_range(&scene, 0, 0, 0, 0, 12000);
		ranges[1] = scene_range(&scene, 0, 20000, 1, 0, 10000);
		fake_fail_calls(FAKE_READ_STREAM, 1, 1, codes[i]);
		fake_fail_calls(FAKE_READ_STREAM, 5, 20, codes[i]);
		fake_fail_calls(FAKE_READ_STREAM, 40, 1, codes[i]);
		fake_fail_calls(FAKE_WAIT_READABLE, 6, 3, -EINTR);
		scene_expect_load(&scene, ranges, 2);
		assert_int_equal(scene.report.retries, 22);
		scene_drop(&scene);
		fake_reset();
	}
}

static void trouble_that_stays(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	scene_make_stream(&scene, 30000)->comes_most = 1000;
	range = scene_range(&scene, 0, 0, 0, 0, 20000);
	fake_fail_calls(FAKE_READ_STREAM, 8, 1, -ECONNRESET);
	scene_expect_failure(&scene, &range, 1, -ECONNRESET, " at offset 6096");
	scene_check_ranges(&scene, &range, 1, false);
	assert_int_equal(scene.report.bytes_streamed, 6096);
	fake_fail_calls(FAKE_WAIT_READABLE, 1, 1, -ENOMEM);
	range.file_offset = 6096;
	scene_expect_failure(&scene, &range, 1, -ENOMEM, "at offset 6096");
	/* The bytes that came are lost, and the rest can be loaded. */
	scene_expect_load(&scene, &range, 1);
	scene_drop(&scene);
}

/* A device cannot pin a heap's mapping for its reads. */
static void staged_where_the_mapping_is_refused(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	scene_make_stream(&scene, 30000)->comes_most = 3000;
	fake.reads_pin = true;
	range = scene_range(&scene, 0, 500, 0, 9, 20000);
	scene_expect_load(&scene, &range, 1);
	/* No memory for the stage. */
	range.file_offset = 20500;
	range.length = 1000;
	fake_fail_calls(FAKE_MAP, 1, 0, -ENOMEM);
	scene_expect_failure(&scene, &range, 1, -ENOMEM, "no memory to stage");
	fake_fail_nothing();
	scene_expect_load(&scene, &range, 1);
	scene_drop(&scene);
}

static void the_deadline_ends_a_stall(void **state)
{
	struct dmaload_range range;
	struct fake_node *node;
	struct scene scene;
	uint64_t now;

	(void)state;
	node = scene_make_stream(&scene, 30000);
	node->comes_most = 5000;
	range = scene_range(&scene, 0, 0, 0, 0, 20000);
	node->stalls = 100;
	scene.options.deadline_ns = now = sys_now() + 20 * MS;
	scene_expect_failure(&scene, &range, 1, -ETIME,
			     "deadline passed after 0 of 20000");
	assert_in_range(sys_now(), now, now + 2 * MS);
	node->stalls = 0;
	scene.options.deadline_ns = 0;
	scene_expect_load(&scene, &range, 1);
	/* The buffer is full, and the end of the stream does not come. */
	range.file_offset = 20000;
	range.length = DMALOAD_TO_END;
	range.buffer_offset = (64 << 10) - 10000;
	node->comes_most = 10000;
	scene.options.deadline_ns = sys_now() + 20 * MS;
	node->stalls = 15;
	scene_expect_load(&scene, &range, 1);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(trouble_that_passes),
		SCENE_TEST(trouble_that_stays),
		SCENE_TEST(staged_where_the_mapping_is_refused),
		SCENE_TEST(the_deadline_ends_a_stall),
	};

	return cmocka_run_group_tests_name("stream_errors", tests, NULL, NULL);
}
