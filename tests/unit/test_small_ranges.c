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
	struct scene scene;
	uint64_t one;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	scene_make_empty(&scene, 65536, 8);
	scene_add_file(&scene, size, 0);
	scene_add_buffer(&scene, "pfnmap", size);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, size);
	scene_expect_load(&scene, ranges, 1);
	one = scene.report.reads;
	for (i = 0; i < SMALL; i++)
		ranges[i] = scene_range(&scene, 0, i * 120, 0,
					(SMALL - 1 - i) * 120, 100);
	shuffle_ranges(ranges, SMALL);
	scene_expect_load(&scene, ranges, SMALL);
	assert_int_equal(scene.report.extents, SMALL);
	assert_in_range(scene.report.reads, one, one + one / 20);
	assert_int_equal(scene.report.brackets, 1);
	free(ranges);
	scene_drop(&scene);
}

/* A long gap is not read for nothing. */
static void large_gaps_are_left_out(void **state)
{
	struct dmaload_range ranges[2];
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 65536, 4);
	scene_add_file(&scene, 65536, 0);
	scene_add_buffer(&scene, "pfnmap", 65536);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, 4096);
	ranges[1] = scene_range(&scene, 0, 8192, 0, 4097, 4096);
	scene_expect_load(&scene, ranges, 2);
	assert_int_equal(scene.report.reads, 1);
	ranges[1].file_offset++;
	scene_expect_load(&scene, ranges, 2);
	assert_int_equal(scene.report.reads, 2);
	/* Between large ranges, only a gap is read that is never noticed. */
	ranges[0].length = ranges[1].length = 20000;
	ranges[1].buffer_offset = 20001;
	ranges[1].file_offset = 20000 + 16384;
	scene_expect_load(&scene, ranges, 2);
	assert_int_equal(scene.report.reads, 1);
	ranges[1].file_offset++;
	scene_expect_load(&scene, ranges, 2);
	assert_int_equal(scene.report.reads, 2);
	scene_drop(&scene);
}

/* The direct path has what it can in place, and the rest by way of the pool. */
static void small_ranges_on_each_path(void **state)
{
	struct dmaload_range *ranges = calloc(SMALL, sizeof(*ranges));
	static const char *const kinds[] = { "memfd", "pfnmap", "memory" };
	struct scene scene;
	size_t i;

	(void)state;
	assert_non_null(ranges);
	scene_make_empty(&scene, 65536, 8);
	scene_add_file(&scene, 1000000, 0);
	for (i = 0; i < 3; i++)
		scene_add_buffer(&scene, kinds[i], 1000000);
	/* Side by side in the file, by turns to the three buffers. */
	for (i = 0; i < SMALL; i++) {
		ranges[i] = scene_range(&scene, 0, i * 90, i % 3, i * 90, 90);
		ranges[i].priority = i >= SMALL / 2;
	}
	shuffle_ranges(ranges, SMALL);
	fake.order = FAKE_RANDOM;
	scene_expect_load(&scene, ranges, SMALL);
	for (i = 0; i < 2; i++)
		assert_int_equal(scene.memories[i]->brackets, i ? 2 : 0);
	scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	scene_expect_load(&scene, ranges, SMALL);
	/* All resident: copied, and all of it stays. */
	fake_cache(scene.nodes[0], 0, 1000000);
	scene.options.paths = 0;
	scene_expect_load(&scene, ranges, SMALL);
	assert_int_equal(scene.report.bytes_cached, SMALL * 90);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	free(ranges);
	scene_drop(&scene);
}

static void make_store(struct scene *scene, const char *kind)
{
	scene_make_empty(scene, 8192, 4);
	scene_add_file(scene, 100000, 0);
	scene_add_buffer(scene, kind, 128 << 10);
}

static void drop_store(struct scene *scene)
{
	stored_finish();
	scene_drop(scene);
	fake_check_balanced();
	fake_reset();
}

/* Side by side in the file, and anyhow in the buffer: as one write to a chunk, and
 * at either end one through the page cache, which may be of several. */
static void small_ranges_are_written_together(void **state)
{
	static const char *const kinds[] = { "memfd", "pfnmap" };
	struct dmaload_range ranges[700];
	struct scene scene;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 4; i++) {
		make_store(&scene, kinds[i % 2]);
		fake.reads_pin = i >= 2;
		for (n = 0; n < 700; n++)
			ranges[n] = scene_range(&scene, 0, 700 + n * 100, 0,
						(699 - n) * 101, 100);
		shuffle_ranges(ranges, 700);
		stored_all(&scene, ranges, 700);
		assert_int_equal(scene.report.reads, 9 + 2);
		assert_int_equal(scene.report.bytes_bounced, 16 * 4096);
		assert_int_equal(scene.report.bytes_buffered, 70000 - 16 * 4096);
		drop_store(&scene);
	}
}

/* Those that could be written in place, if they are small; large ones are. */
static void small_ranges_are_not_written_in_place(void **state)
{
	struct dmaload_range ranges[65];
	struct scene scene;
	unsigned n;

	(void)state;
	make_store(&scene, "memfd");
	for (n = 0; n < 64; n++)
		ranges[n] = scene_range(&scene, 0, n * 1024, 0,
					(63 - n) * 1024, 1024);
	stored_all(&scene, ranges, 64);
	assert_int_equal(scene.report.reads, 8);
	assert_int_equal(scene.report.bytes_bounced, 65536);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT,
			   "64 of 64 extents are small, and share writes");
	ranges[64] = scene_range(&scene, 0, 65536, 0, 65536, 32768);
	stored_all(&scene, ranges, 65);
	assert_int_equal(scene.report.reads, 8 + 4);
	assert_int_equal(scene.report.bytes_direct, 32768);
	/* Unless nothing else is allowed. */
	scene.options.paths = DMALOAD_ALLOW_DIRECT;
	stored_all(&scene, ranges, 65);
	assert_int_equal(scene.report.bytes_bounced, 0);
	assert_int_equal(scene.report.bytes_buffered, 65536);
	drop_store(&scene);
}

/* Bytes between ranges stay, so each write ends where a range does. */
static void gaps_are_not_written(void **state)
{
	struct dmaload_range ranges[8];
	struct scene scene;
	unsigned n;

	(void)state;
	make_store(&scene, "pfnmap");
	for (n = 0; n < 8; n++)
		ranges[n] = scene_range(&scene, 0, n * 4096, 0,
					(7 - n) * 4096 + 1, n == 3 ? 4095 : 4096);
	stored_all(&scene, ranges, 8);
	assert_int_equal(scene.report.bytes_buffered, 4095);
	assert_int_equal(scene.report.reads, 2 + 1 + 2);
	drop_store(&scene);
}

/* Runs of ranges and gaps of any length, written by paths that give up. */
static void stores_of_any_ranges(void **state)
{
	static const char *const kinds[] = { "memfd", "pfnmap", "memory",
					     "foreign" };
	struct dmaload_range ranges[200];
	struct scene scene;
	uint64_t at, length;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 400; i++) {
		make_store(&scene, kinds[i % 4]);
		fake.seed = i + 1;
		fake.order = (enum fake_order)(i % 3);
		fake.batch = 1 + i % 4;
		fake.reads_pin = i % 5 == 4;
		at = random_below(5000);
		for (n = 0; n < 200 && at < 110000; n++) {
			length = 1 + random_below(i % 3 ? 700 : 3000);
			ranges[n] = scene_range(&scene, 0, at, 0,
						random_below((128 << 10) - length),
						length);
			at += length;
			if (random_below(8) == 0)
				at += random_below(6000);
		}
		shuffle_ranges(ranges, n);
		if (i % 6 == 5)
			fake_fail_calls(FAKE_READ, 1 + i % 9, 1, i % 12 == 5 ?
					-EINVAL : 512);
		stored_all(&scene, ranges, n);
		drop_store(&scene);
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
