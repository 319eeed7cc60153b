/* SPDX-License-Identifier: MIT */
/* Small ranges that lie close to each other: what they cost, by reads. */
#include <stdlib.h>

#include "crowd.h"

#define SMALL 10000

/* Many small ranges that are close to each other cost what one large does. */
static void small_ranges_are_read_together(void **state)
{
	struct dmaload_range *ranges = calloc(SMALL, sizeof(*ranges));
	const uint64_t size = SMALL * 120;
	struct crowd crowd;
	uint64_t one;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	crowd_make(&crowd, 65536, 8);
	crowd_add_file(&crowd, size, 0);
	crowd_add_buffer(&crowd, "pfnmap", size);
	ranges[0] = crowd_range(&crowd, 0, 0, 0, 0, size);
	crowd_load_all(&crowd, ranges, 1);
	one = crowd.report.reads;
	for (i = 0; i < SMALL; i++)
		ranges[i] = crowd_range(&crowd, 0, i * 120, 0,
					(SMALL - 1 - i) * 120, 100);
	crowd_mix(ranges, SMALL);
	crowd_load_all(&crowd, ranges, SMALL);
	assert_int_equal(crowd.report.extents, SMALL);
	assert_in_range(crowd.report.reads, one, one + one / 20);
	assert_int_equal(crowd.report.brackets, 1);
	free(ranges);
	crowd_drop(&crowd);
}

/* What is far apart is not read for nothing. */
static void large_gaps_are_left_out(void **state)
{
	struct dmaload_range ranges[2];
	struct crowd crowd;

	(void)state;
	crowd_make(&crowd, 65536, 4);
	crowd_add_file(&crowd, 65536, 0);
	crowd_add_buffer(&crowd, "pfnmap", 65536);
	ranges[0] = crowd_range(&crowd, 0, 0, 0, 0, 4096);
	ranges[1] = crowd_range(&crowd, 0, 8192, 0, 4097, 4096);
	crowd_load_all(&crowd, ranges, 2);
	assert_int_equal(crowd.report.reads, 1);
	ranges[1].file_offset++;
	crowd_load_all(&crowd, ranges, 2);
	assert_int_equal(crowd.report.reads, 2);
	/* Of large ranges, only as much as is never noticed. */
	ranges[0].length = ranges[1].length = 20000;
	ranges[1].buffer_offset = 20001;
	ranges[1].file_offset = 20000 + 16384;
	crowd_load_all(&crowd, ranges, 2);
	assert_int_equal(crowd.report.reads, 1);
	ranges[1].file_offset++;
	crowd_load_all(&crowd, ranges, 2);
	assert_int_equal(crowd.report.reads, 2);
	crowd_drop(&crowd);
}

/* The direct path has what it can in place, and the rest by way of the pool. */
static void small_ranges_on_each_path(void **state)
{
	struct dmaload_range *ranges = calloc(SMALL, sizeof(*ranges));
	static const char *const kinds[] = { "memfd", "pfnmap", "memory" };
	struct crowd crowd;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	crowd_make(&crowd, 65536, 8);
	crowd_add_file(&crowd, 1000000, 0);
	for (i = 0; i < 3; i++)
		crowd_add_buffer(&crowd, kinds[i], 1000000);
	/* Side by side in the file, by turns to the three buffers. */
	for (i = 0; i < SMALL; i++) {
		ranges[i] = crowd_range(&crowd, 0, i * 90, i % 3, i * 90, 90);
		ranges[i].priority = i >= SMALL / 2;
	}
	crowd_mix(ranges, SMALL);
	fake.order = FAKE_RANDOM;
	crowd_load_all(&crowd, ranges, SMALL);
	for (i = 0; i < 2; i++)
		assert_int_equal(crowd.memories[i]->brackets, i ? 2 : 0);
	crowd.options.paths = DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED);
	crowd_load_all(&crowd, ranges, SMALL);
	/* All resident: copied, and all of it stays. */
	fake_cache(crowd.nodes[0], 0, 1000000);
	crowd.options.paths = 0;
	crowd_load_all(&crowd, ranges, SMALL);
	assert_int_equal(crowd.report.bytes_cached, SMALL * 90);
	assert_int_equal(crowd.report.cache_residue_bytes, 0);
	free(ranges);
	crowd_drop(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(small_ranges_are_read_together),
		SCENE_TEST(large_gaps_are_left_out),
		SCENE_TEST(small_ranges_on_each_path),
	};

	return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}
