/* SPDX-License-Identifier: MIT */
/* The bounce pool: its size, its memory, and loads without it. */
#include <errno.h>
#include <stdio.h>

#include "scene.h"
#include "io/pool.h"
#include "io/pool_layout.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static void pool_is_kept_and_described(void **state)
{
	static const enum dmaload_pages pages[] = {
		DMALOAD_PAGES_BASE, DMALOAD_PAGES_TRANSPARENT,
		DMALOAD_PAGES_HUGETLB, DMALOAD_PAGES_UNKNOWN,
	};
	struct scene scene;
	unsigned maps;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		fake.huge_pages = pages[i] == DMALOAD_PAGES_TRANSPARENT;
		fake.hugetlb = pages[i] == DMALOAD_PAGES_HUGETLB;
		if (pages[i] == DMALOAD_PAGES_UNKNOWN)
			fake_fail_calls(FAKE_PAGEMAP, 1, 0, -ENOTTY);
		scene_make(&scene, &(struct scene_setup){
				   .pfnmap = true, .chunk = 1 << 20,
				   .file_size = 3 << 20,
				   .buffer_size = 3 << 20, .depth = 2 });
		assert_int_equal(scene_load(&scene), 0);
		assert_int_equal(scene.report.pool_pages, pages[i]);
		assert_int_equal(scene.report.pinned_bytes, 2 << 20);
		maps = fake_count(FAKE_MAP);
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		/* One page to try POPULATE_WRITE, and no new pool. */
		assert_true(fake_count(FAKE_MAP) <= maps + 1);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Without a caller's depth, large reads get fewer slots, small ones no more. */
static void depth_of_its_own(void **state)
{
	static const struct { uint32_t chunk, slots; } cases[] = {
		{ 0, DMALOAD_DEPTH_DEFAULT }, { 4096, DMALOAD_DEPTH_DEFAULT },
		{ 1 << 20, DMALOAD_DEPTH_DEFAULT }, { 2 << 20, 4 },
		{ 4 << 20, 2 }, { 8 << 20, 1 },
	};
	struct dmaload_range ranges[2];
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
		scene_renew_ctx(&scene, cases[i].chunk, 0);
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		/* For two reads, all of the pool is registered. */
		ranges[0] = ranges[1] = scene.range;
		ranges[0].length = ranges[1].length = 8192;
		ranges[1].file_offset = ranges[1].buffer_offset = 65536;
		ranges[1].buffer_offset += 512;
		assert_int_equal(dmaload_load(scene.ctx, ranges, 2, NULL,
					      &scene.report, NULL), 0);
		assert_int_equal(scene.report.pinned_bytes, cases[i].slots *
				 (cases[i].chunk ? cases[i].chunk :
						   DMALOAD_CHUNK_DEFAULT));
		scene_drop(&scene);
		fake_reset();
	}
}

/* Without a caller's depth, the bytes are limited, not the reads. */
static void small_reads_in_flight(void **state)
{
	static const struct { uint32_t chunk, depth, bytes, most; } cases[] = {
		{ 0, 0, 4096, 64 }, { 0, 6, 4096, 6 }, { 65536, 0, 65536, 6 },
		{ 65536, 0, 32768, 12 }, { 4096, 0, 4096, 6 },
		{ 4096, 0, 512, 48 }, { 4096, 5, 512, 5 },
		{ 65536, 64, 512, 64 },
	};
	struct dmaload_range ranges[100];
	struct scene scene;
	uint64_t bytes;
	unsigned i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t step = 2 * cases[i].bytes;

		scene_make_empty(&scene, 0, 0);
		scene_renew_ctx(&scene, cases[i].chunk, cases[i].depth);
		scene_add_file(&scene, 100 * step, 512);
		scene_add_buffer(&scene, "memfd", 100 * step);
		scene.options.paths = DMALOAD_ALLOW_DIRECT;
		for (n = 0; n < 100; n++)
			ranges[n] = scene_range(&scene, 0, n * step, 0, n * step,
						cases[i].bytes);
		scene_expect_load(&scene, ranges, 100);
		assert_int_equal(scene.report.reads, 100);
		assert_int_equal(fake_in_flight_max(&bytes), cases[i].most);
		assert_int_equal(bytes, cases[i].most * cases[i].bytes);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Large pieces begin at multiples of a slot. */
static void pieces_of_a_pool(void **state)
{
	const size_t slot = 128 << 10;
	char *pieces[6], *small;
	struct pool pool;
	unsigned i;

	(void)state;
	assert_int_equal(pool_init(&pool, 6, slot), 0);
	for (i = 0; i < 3; i++) {
		pieces[i] = pool_get(&pool, 2 * slot);
		assert_ptr_equal(pieces[i], (char *)pool.memory + i * 2 * slot);
	}
	assert_null(pool_get(&pool, 4096));
	pool_put(&pool, pieces[1], 2 * slot);
	/* One of two that are side by side is taken. */
	small = pool_get(&pool, 4096);
	assert_ptr_equal(small, pieces[1] + 2 * slot - (64 << 10));
	assert_null(pool_get(&pool, 2 * slot));
	assert_ptr_equal(pool_get(&pool, slot), pieces[1]);
	assert_null(pool_get(&pool, slot));
	pool_put(&pool, pieces[1], slot);
	pool_put(&pool, small, 4096);
	for (i = 0; i < 3; i++)
		if (i != 1)
			pool_put(&pool, pieces[i], 2 * slot);
	assert_int_equal(pool.in_use, 0);
	assert_non_null(pool_get(&pool, 6 * slot));
	pool_finish(&pool);
}

static bool is_within(const struct pool_layout *layout, uintptr_t map)
{
	const uintptr_t begin = (uintptr_t)pool_begin((void *)map, layout);

	return begin >= map && begin % layout->align == 0 &&
	       begin + layout->bytes <= map + layout->mapped;
}

/* A slot lies in one folio, of 2 MiB or of its own size, wherever it is mapped. */
static void layout_at_each_page_size(void **state)
{
	static const size_t pages[] = { 4096, 16384, 65536 };
	static const struct { unsigned slots; size_t slot_bytes; } pools[] = {
		{ 6, 1 << 20 }, { 4, 2 << 20 }, { 2, 4 << 20 }, { 1, 8 << 20 }, { 3, 1 << 20 },
		{ 1, 1 << 20 }, { 12, 128 << 10 }, { 64, 512 }, { 64, 4096 }, { 6, 5000 },
		{ 64, 65536 }, { 1, 4096 },
	};
	const struct pool_layout usual = pool_layout(6, 1 << 20, 65536);
	struct pool_layout layout;
	uintptr_t map;
	size_t p, i;

	(void)state;
	for (p = 0; p < 3; p++)
		for (i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
			layout = pool_layout(pools[i].slots, pools[i].slot_bytes, pages[p]);
			assert_int_equal(layout.slot_bytes % pages[p], 0);
			assert_in_range(layout.slot_bytes, pools[i].slot_bytes,
					pools[i].slot_bytes + pages[p] - 1);
			assert_int_equal(layout.bytes, pools[i].slots * layout.slot_bytes);
			assert_int_equal(layout.slot_bytes % layout.unit, 0);
			assert_true(layout.bytes / layout.unit <= POOL_UNITS_MAX);
			assert_int_equal(layout.align, layout.bytes < 2 << 20 ? pages[p] : 2 << 20);
			assert_true(layout.mapped < layout.bytes + layout.align);
			for (map = 16 * pages[p]; map < 4 << 20; map += pages[p])
				assert_true(is_within(&layout, map));
		}
	assert_int_equal(usual.bytes, 6 << 20);
	assert_int_equal(usual.align % usual.slot_bytes, 0);
}

static void pool_need_not_be_registered(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_RING_REGISTER, 1, 1, -ENOMEM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_bounced, 90000);
	assert_int_equal(scene.report.pool_registered, 0);
	check_says(scene.report.pool_unregistered, "RLIMIT_MEMLOCK");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);

	scene_load_all(&scene);
	assert_int_equal(scene.report.pool_registered, 1);
	assert_string_equal(scene.report.pool_unregistered, "");
	scene_drop(&scene);
}

static void no_memory_for_a_pool(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_fail_calls(FAKE_MAP, 1, 0, -ENOMEM);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "ENOMEM");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "ENOMEM");
	assert_string_equal(scene.report.pool_reduced, "");
	/* An aligned range needs none. */
	scene_set_range(&scene, 0, 0, 81920);
	assert_int_equal(scene_load(&scene), 0);
	assert_int_equal(scene.report.bytes_direct, 81920);
	scene_drop(&scene);
}

/* The memory is refused when it is mapped, or when it is populated. */
static void pool_is_as_large_as_it_can_be(void **state)
{
	static const struct {
		size_t most, pool;
	} steps[] = {
		{ 65536, 65536 }, { 65535, 32768 }, { 32768, 32768 },
		{ 16384, 16384 }, { 12288, 8192 }, { 8192, 8192 }, { 4096, 0 },
	};
	struct scene scene;
	char to[64];
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(steps) / sizeof(steps[0]); i++) {
		const size_t pool = steps[i / 2].pool;

		fake.map_most = i % 2 ? 0 : steps[i / 2].most;
		fake.populate_most = i % 2 ? steps[i / 2].most : 0;
		fake.order = (enum fake_order)(i % 3);
		scene_make(&scene, &(struct scene_setup){
				   .pfnmap = true, .depth = 8 });
		scene_load_all(&scene);
		scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, pool ? NULL :
				   "no memory for the bounce pool: 65536 bytes "
				   "were refused (ENOMEM), 32768 (ENOMEM), "
				   "16384 (ENOMEM), 8192 (ENOMEM)");
		assert_int_equal(scene.report.bytes_bounced, pool ? 90000 : 0);
		assert_int_equal(scene.report.pinned_bytes, pool);
		assert_int_equal(scene.report.pool_registered, pool > 0);
		snprintf(to, sizeof(to), "to %zu bytes: 65536 bytes", pool);
		if (pool > 0 && pool < 65536)
			check_says(scene.report.pool_reduced, to);
		else
			assert_string_equal(scene.report.pool_reduced, "");
		assert_int_equal(scene_verify(&scene), pool ? 0 : -ENOMEM);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Each load tries the full size again. */
static void pool_grows_again(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake.map_most = 16384;
	scene_load_all(&scene);
	assert_string_equal(scene.report.pool_reduced, "to 16384 bytes: 32768 "
			    "bytes were refused (ENOMEM)");
	fake.map_most = 8192;
	scene_load_all(&scene);
	assert_string_equal(scene.report.pool_reduced, "to 8192 bytes: 32768 "
			    "bytes were refused (ENOMEM), 16384 (ENOMEM)");
	assert_int_equal(scene.report.pinned_bytes, 8192);
	fake.map_most = 4096;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	fake.map_most = 0;
	scene_load_all(&scene);
	assert_string_equal(scene.report.pool_reduced, "");
	assert_int_equal(scene.report.pinned_bytes, 32768);
	scene_drop(&scene);
}

/* The pool has one slot, and reads in place have all the others. They go on, and
 * what bounces waits for that slot. */
static void small_pool_beside_reads_in_place(void **state)
{
	struct dmaload_range ranges[3];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		fake.order = (enum fake_order)(i % 3);
		fake.batch = 1 + i % 4;
		fake.map_most = 8192;
		scene_make_empty(&scene, 0, 8);
		scene_add_file(&scene, 65536, 0);
		scene_add_file(&scene, 65536, 0);
		scene_add_buffer(&scene, "heap", 65536);
		scene_add_buffer(&scene, "pfnmap", 65536);
		scene_add_buffer(&scene, "heap", 65536);
		ranges[0] = scene_range(&scene, 0, 0, 0, 0, 7 * 8192);
		ranges[1] = scene_range(&scene, 1, 0, 1, 0, 65536);
		ranges[2] = scene_range(&scene, 1, 0, 2, 0, 65536);
		ranges[1].priority = 1;
		ranges[2].priority = i % 2 ? 2 : 0;
		scene_expect_load(&scene, ranges, 3);
		assert_int_equal(scene.report.bytes_bounced, 65536);
		assert_int_equal(scene.report.bytes_direct, 15 * 8192);
		check_says(scene.report.pool_reduced, "to 8192 bytes");
		scene_drop(&scene);
		fake_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(pool_is_kept_and_described),
		SCENE_TEST(depth_of_its_own),
		SCENE_TEST(small_reads_in_flight),
		SCENE_TEST(pieces_of_a_pool),
		cmocka_unit_test(layout_at_each_page_size),
		SCENE_TEST(pool_need_not_be_registered),
		SCENE_TEST(no_memory_for_a_pool),
		SCENE_TEST(pool_is_as_large_as_it_can_be),
		SCENE_TEST(pool_grows_again),
		SCENE_TEST(small_pool_beside_reads_in_place),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
