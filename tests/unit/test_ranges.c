/* SPDX-License-Identifier: MIT */
/* Many ranges in one call, over several files and buffers. */
#include <errno.h>
#include <string.h>

#include "scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void shuffle(unsigned i)
{
	fake.order = (enum fake_order)(i % 3);
	fake.batch = 1 + i % 4;
	fake.submit_most = i % 5 == 4 ? 2 : 0;
	fake.read_most = i % 7 == 6 ? 3000 : 0;
}

/* Ranges that are apart from each other in their buffers, and now and then
 * neighbours in the file as well. */
static size_t make_ranges(const struct scene *scene,
			  struct dmaload_range *ranges, size_t most)
{
	uint64_t at[SCENE_MAX] = { 0 };
	size_t n = 0, tries;

	for (tries = 0; n < most && tries < 4 * most; tries++) {
		const unsigned f = (unsigned)random_below(scene->n_files);
		const unsigned b = (unsigned)random_below(scene->n_buffers);
		const uint64_t size = scene->nodes[f]->size;
		const struct dmaload_range *last = n > 0 ? &ranges[n - 1] : NULL;
		uint64_t from = random_below(size), length;

		length = 1 + random_below(random_below(4) ? 3000 : 30000);
		if (random_below(3) == 0)
			at[b] += random_below(2000);
		/* Where blocks may fall on blocks. */
		if (random_below(2))
			from = from / 512 * 512 + at[b] % 512;
		if (last && random_below(4) == 0 &&
		    last->buffer == scene->buffers[b])
			from = last->file_offset + last->length;
		if (from >= size || length > size - from ||
		    at[b] + length > dmaload_buffer_size(scene->buffers[b]))
			continue;
		ranges[n++] = scene_range(scene, f, from, b, at[b], length);
		at[b] += length;
	}
	return n;
}

static void random_sets(const char *const *kinds, uint32_t paths, uint32_t chunk,
			uint32_t depth, unsigned rounds)
{
	struct dmaload_range ranges[60];
	struct scene scene;
	unsigned i;
	size_t n;

	scene_make_empty(&scene, chunk, depth);
	scene_add_file(&scene, 70001, 0);
	scene_add_file(&scene, 50000, 4096);
	scene_add_file(&scene, 12288, 512)->direct_error = -EINVAL;
	for (i = 0; kinds[i]; i++)
		scene_add_buffer(&scene, kinds[i], 96 << 10);
	scene.options.paths = paths;
	for (i = 0; i < rounds; i++) {
		fake.seed = i + 1;
		shuffle(i);
		n = make_ranges(&scene, ranges, 1 + random_below(60));
		if (i % 2)
			shuffle_ranges(ranges, n);
		scene_expect_load(&scene, ranges, n);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		assert_true(scene.report.extents <= n);
	}
	scene_drop(&scene);
}

static void random_ranges_on_every_path(void **state)
{
	static const char *const any[] = { "pfnmap", "memfd", "foreign",
					   "memory", NULL };
	static const char *const pinned[] = { "memfd", "heap", NULL };
	static const char *const heaps[] = { "pfnmap", "pfnmap", NULL };

	(void)state;
	random_sets(any, 0, 0, 0, 200);
	random_sets(any, 0, 4096, 1, 100);
	random_sets(pinned, DMALOAD_ALLOW_DIRECT |
		    DMALOAD_ALLOW_BUFFERED, 16384, 7, 40);
	random_sets(heaps, DMALOAD_ALLOW_BOUNCE |
		    DMALOAD_ALLOW_BUFFERED, 0, 64, 40);
	random_sets(any, DMALOAD_ALLOW_BUFFERED, 0, 0, 40);
}

static void neighbours_become_one(void **state)
{
	struct dmaload_range ranges[4];
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 100000, 0);
	scene_add_buffer(&scene, "pfnmap", 128 << 10);
	scene_add_buffer(&scene, "pfnmap", 128 << 10);
	/* Out of order; the third goes elsewhere, the fourth to another buffer. */
	ranges[0] = scene_range(&scene, 0, 6000, 0, 7000, 1000);
	ranges[1] = scene_range(&scene, 0, 5000, 0, 6000, 1000);
	ranges[2] = scene_range(&scene, 0, 7000, 0, 8001, 1000);
	ranges[3] = scene_range(&scene, 0, 8000, 1, 9001, 1000);
	scene_expect_load(&scene, ranges, 4);
	assert_int_equal(scene.report.extents, 3);
	assert_int_equal(scene.memories[0]->brackets, 1);
	assert_int_equal(scene.memories[1]->brackets, 1);
	assert_int_equal(scene.report.brackets, 2);
	/* With another priority they are not one. */
	ranges[1].priority = 1;
	scene_expect_load(&scene, ranges, 4);
	assert_int_equal(scene.report.extents, 4);
	scene_drop(&scene);
}

/* Each pair of a file and a buffer has its path, beside those of others. */
static void each_route_has_its_path(void **state)
{
	struct dmaload_range ranges[4];
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 40960, 0);
	scene_add_file(&scene, 40960, 0)->direct_error = -EINVAL;
	scene_add_buffer(&scene, "memfd", 128 << 10);
	scene_add_buffer(&scene, "pfnmap", 128 << 10);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, 16384);
	ranges[1] = scene_range(&scene, 0, 16384, 1, 0, 24576);
	ranges[2] = scene_range(&scene, 1, 100, 0, 20000, 1000);
	ranges[3] = scene_range(&scene, 1, 3000, 1, 30000, 2000);
	scene_expect_load(&scene, ranges, 4);
	assert_int_equal(scene.report.bytes_direct, 16384);
	assert_int_equal(scene.report.bytes_bounced, 24576);
	assert_int_equal(scene.report.bytes_buffered, 3000);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "part-1.bin");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "part-1.bin");
	scene_check_reason(&scene, DMALOAD_PATH_BUFFERED, NULL);
	/* Without the buffered path the second file cannot be loaded at all. */
	scene.options.paths = DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BOUNCE;
	scene_expect_failure(&scene, ranges, 4, -EOPNOTSUPP,
			     "part-1.bin cannot be loaded");
	scene_check_ranges(&scene, ranges, 4, false);
	scene_drop(&scene);
}

static void what_does_not_fit_bounces(void **state)
{
	struct dmaload_range ranges[3];
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 100000, 0);
	scene_add_buffer(&scene, "memfd", 128 << 10);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, 16384);
	ranges[1] = scene_range(&scene, 0, 20480, 0, 20481, 10000);
	ranges[2] = scene_range(&scene, 0, 40960, 0, 40960, 8192 + 100);
	scene_expect_load(&scene, ranges, 3);
	assert_int_equal(scene.report.bytes_direct, 16384 + 8192);
	assert_int_equal(scene.report.bytes_bounced, 10000 + 100);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "in 1 of 3 extents");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);
	/* With the direct path alone as well: the pool is a part of it. */
	scene.options.paths = DMALOAD_ALLOW_DIRECT;
	scene_expect_load(&scene, ranges, 3);
	/* Where nothing fits it declines. */
	scene_expect_failure(&scene, &ranges[1], 1, -EOPNOTSUPP,
			     "in 1 of 1 extents");
	scene_check_ranges(&scene, &ranges[1], 1, false);
	scene_drop(&scene);
}

/* The same bytes of the file to three places. */
static void one_part_to_many_places(void **state)
{
	struct dmaload_range ranges[3];
	struct scene scene;
	uint32_t path;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, 100000, 0);
	scene_add_buffer(&scene, "memfd", 128 << 10);
	scene_add_buffer(&scene, "foreign", 128 << 10);
	ranges[0] = scene_range(&scene, 0, 5120, 0, 512, 20000);
	ranges[1] = scene_range(&scene, 0, 7168, 0, 32768, 20000);
	ranges[2] = scene_range(&scene, 0, 5120, 1, 0, 20000);
	for (path = 0; path < 3; path++) {
		scene.options.paths = 1u << path;
		shuffle(path);
		scene_expect_load(&scene, ranges, 3);
		assert_int_equal(scene.report.extents, 3);
	}
	scene_drop(&scene);
}

/* The pool for the ends is made for the largest block that comes along. */
static void ends_of_two_block_sizes(void **state)
{
	struct dmaload_range ranges[3];
	struct fake_node *node;
	struct scene scene;
	unsigned depth;

	(void)state;
	for (depth = 1; depth <= 4; depth += 3) {
		scene_make_empty(&scene, 16384, depth);
		scene_add_file(&scene, 50001, 0);
		node = scene_add_file(&scene, 70001, 8192);
		node->mem_align = node->st.dio_mem_align = 512;
		scene_add_buffer(&scene, "memfd", 256 << 10);
		ranges[0] = scene_range(&scene, 0, 100, 0, 100, 30000);
		ranges[1] = scene_range(&scene, 1, 100, 0, 65536 + 100, 40000);
		ranges[2] = scene_range(&scene, 0, 30720, 0, 30720, 19281);
		ranges[1].priority = 1;
		ranges[2].priority = 2;
		scene_expect_load(&scene, ranges, 3);
		/* With reads in flight the pool cannot be exchanged. */
		scene_check_reason(&scene, DMALOAD_PATH_DIRECT, depth == 1 ?
				   NULL : "larger than those of another file");
		assert_true(scene.report.bytes_direct >= 48000);
		scene_expect_load(&scene, ranges, 3);
		scene_drop(&scene);
		fake_reset();
	}
}

/* The smaller pool stays where there is no memory for the larger. */
static void no_memory_for_larger_ends(void **state)
{
	struct dmaload_range ranges[3];
	struct fake_node *node;
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 16384, 1);
	scene_add_file(&scene, 50001, 0);
	node = scene_add_file(&scene, 70001, 8192);
	node->mem_align = node->st.dio_mem_align = 512;
	scene_add_buffer(&scene, "memfd", 256 << 10);
	ranges[0] = scene_range(&scene, 0, 100, 0, 100, 20000);
	ranges[1] = scene_range(&scene, 1, 100, 0, 65536 + 100, 40000);
	ranges[2] = scene_range(&scene, 0, 30720, 0, 30720, 19281);
	ranges[1].priority = 1;
	ranges[2].priority = 2;
	scene_expect_load(&scene, ranges, 1);
	fake_fail_calls(FAKE_MAP, 1, 2, -ENOMEM);
	scene_expect_load(&scene, ranges, 3);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "unaligned ends");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(random_ranges_on_every_path),
		SCENE_TEST(neighbours_become_one),
		SCENE_TEST(each_route_has_its_path),
		SCENE_TEST(what_does_not_fit_bounces),
		SCENE_TEST(one_part_to_many_places),
		SCENE_TEST(ends_of_two_block_sizes),
		SCENE_TEST(no_memory_for_larger_ends),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
