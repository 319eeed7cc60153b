/* SPDX-License-Identifier: MIT */
/* Small ranges that lie close to each other: what they cost, by reads
 * and by writes. */
#include <errno.h>
#include <stdlib.h>

#include "stored.h"

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

/* A long gap is not read for nothing. */
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
	/* Between large ranges, only a gap is read that is never noticed. */
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
	crowd.options.paths = DMALOAD_ALLOW_BUFFERED;
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

static void make_store(struct crowd *crowd, const char *kind)
{
	crowd_make(crowd, 8192, 4);
	crowd_add_file(crowd, 100000, 0);
	crowd_add_buffer(crowd, kind, 128 << 10);
}

static void drop_store(struct crowd *crowd)
{
	stored_finish();
	crowd_drop(crowd);
	fake_check_balanced();
	fake_reset();
}

/* Side by side in the file, and anyhow in the buffer: as one write to a chunk, and
 * at either end one through the page cache, which may be of several. */
static void small_ranges_are_written_together(void **state)
{
	static const char *const kinds[] = { "memfd", "pfnmap" };
	struct dmaload_range ranges[700];
	struct crowd crowd;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 4; i++) {
		make_store(&crowd, kinds[i % 2]);
		fake.reads_pin = i >= 2;
		for (n = 0; n < 700; n++)
			ranges[n] = crowd_range(&crowd, 0, 700 + n * 100, 0,
						(699 - n) * 101, 100);
		crowd_mix(ranges, 700);
		stored_all(&crowd, ranges, 700);
		assert_int_equal(crowd.report.reads, 9 + 2);
		assert_int_equal(crowd.report.bytes_bounced, 16 * 4096);
		assert_int_equal(crowd.report.bytes_buffered, 70000 - 16 * 4096);
		drop_store(&crowd);
	}
}

/* Those that could be written in place, if they are small; large ones are. */
static void small_ranges_are_not_written_in_place(void **state)
{
	struct dmaload_range ranges[65];
	struct crowd crowd;
	unsigned n;

	(void)state;
	make_store(&crowd, "memfd");
	for (n = 0; n < 64; n++)
		ranges[n] = crowd_range(&crowd, 0, n * 1024, 0,
					(63 - n) * 1024, 1024);
	stored_all(&crowd, ranges, 64);
	assert_int_equal(crowd.report.reads, 8);
	assert_int_equal(crowd.report.bytes_bounced, 65536);
	crowd_check_reason(&crowd, DMALOAD_PATH_DIRECT,
			   "64 of 64 extents are small, and share writes");
	ranges[64] = crowd_range(&crowd, 0, 65536, 0, 65536, 32768);
	stored_all(&crowd, ranges, 65);
	assert_int_equal(crowd.report.reads, 8 + 4);
	assert_int_equal(crowd.report.bytes_direct, 32768);
	/* Unless nothing else is allowed. */
	crowd.options.paths = DMALOAD_ALLOW_DIRECT;
	stored_all(&crowd, ranges, 65);
	assert_int_equal(crowd.report.bytes_bounced, 0);
	assert_int_equal(crowd.report.bytes_buffered, 65536);
	drop_store(&crowd);
}

/* Bytes between ranges stay, so each write ends where a range does. */
static void gaps_are_not_written(void **state)
{
	struct dmaload_range ranges[8];
	struct crowd crowd;
	unsigned n;

	(void)state;
	make_store(&crowd, "pfnmap");
	for (n = 0; n < 8; n++)
		ranges[n] = crowd_range(&crowd, 0, n * 4096, 0,
					(7 - n) * 4096 + 1, n == 3 ? 4095 : 4096);
	stored_all(&crowd, ranges, 8);
	assert_int_equal(crowd.report.bytes_buffered, 4095);
	assert_int_equal(crowd.report.reads, 2 + 1 + 2);
	drop_store(&crowd);
}

/* Runs of ranges and gaps of any length, written by paths that give up. */
static void stores_of_any_ranges(void **state)
{
	static const char *const kinds[] = { "memfd", "pfnmap", "memory",
					     "foreign" };
	struct dmaload_range ranges[200];
	struct crowd crowd;
	uint64_t at, length;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 400; i++) {
		make_store(&crowd, kinds[i % 4]);
		fake.seed = i + 1;
		fake.order = (enum fake_order)(i % 3);
		fake.batch = 1 + i % 4;
		fake.reads_pin = i % 5 == 4;
		at = crowd_below(5000);
		for (n = 0; n < 200 && at < 110000; n++) {
			length = 1 + crowd_below(i % 3 ? 700 : 3000);
			ranges[n] = crowd_range(&crowd, 0, at, 0,
						crowd_below((128 << 10) - length),
						length);
			at += length;
			if (crowd_below(8) == 0)
				at += crowd_below(6000);
		}
		crowd_mix(ranges, n);
		if (i % 6 == 5)
			fake_fail_calls(FAKE_READ, 1 + i % 9, 1, i % 12 == 5 ?
					-EINVAL : 512);
		stored_all(&crowd, ranges, n);
		drop_store(&crowd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(small_ranges_are_read_together),
		SCENE_TEST(large_gaps_are_left_out),
		SCENE_TEST(small_ranges_on_each_path),
		SCENE_TEST(small_ranges_are_written_together),
		SCENE_TEST(small_ranges_are_not_written_in_place),
		SCENE_TEST(gaps_are_not_written),
		SCENE_TEST(stores_of_any_ranges),
	};

	return cmocka_run_group_tests_name("small_ranges", tests, NULL, NULL);
}
