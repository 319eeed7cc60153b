/* SPDX-License-Identifier: MIT */
/* Loads of files that are in the page cache when they begin. */
#include <errno.h>
#include <string.h>

#include "scene.h"

#define PAGE FAKE_PAGE
#define SIZE 101000
#define PAGES (SIZE / PAGE + 1)

static const char *const kinds[] = { "memfd", "pfnmap", "foreign", "memory" };

/* A file, a buffer, and a range of it that blocks fall on in place. */
static struct dmaload_range make(struct scene *scene, const char *kind,
				 uint32_t chunk)
{
	scene_make_empty(scene, chunk, 4);
	scene_add_file(scene, SIZE, 0);
	scene_add_buffer(scene, kind, 128 << 10);
	return scene_range(scene, 0, 0, 0, 0, SIZE);
}

static void drop(struct scene *scene)
{
	scene_drop(scene);
	fake_check_balanced();
	fake_reset();
}

/* The page cache is what it was: bit i of a mask is page i. */
static void check_pages(const struct scene *scene, uint64_t resident)
{
	uint64_t i;

	for (i = 0; i < PAGES; i++)
		if (fake_cached(scene->nodes[0], i * PAGE) !=
		    (resident >> i & 1))
			fail_msg("page %u is %sin the page cache", (unsigned)i,
				 resident >> i & 1 ? "not " : "");
}

static uint64_t set_pages(struct scene *scene, uint64_t resident)
{
	uint64_t i, bytes = 0;

	for (i = 0; i < PAGES; i++) {
		scene->nodes[0]->resident[i] = resident >> i & 1;
		if (resident >> i & 1)
			bytes += i < PAGES - 1 ? PAGE : SIZE % PAGE;
	}
	return bytes;
}

#define ALL ((1ull << PAGES) - 1)

/* Any pattern of pages, by any path beneath, with any order of completions. */
static void what_is_resident_is_copied(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	uint64_t resident, bytes;
	unsigned i;

	(void)state;
	for (i = 0; i < 240; i++) {
		range = make(&scene, kinds[i % 4], i % 3 ? 8192 : 32768);
		fake.order = (enum fake_order)(i % 3);
		fake.seed = i + 1;
		fake.no_cachestat = i % 5 == 4;
		fake.read_most = i % 7 == 6 ? 3000 : 0;
		if (i % 6 == 5)
			scene.nodes[0]->direct_error = -EINVAL;
		resident = random_below(ALL) & random_below(ALL);
		if (i % 4 == 3)
			resident = i % 8 == 3 ? ALL : random_below(ALL) |
							random_below(ALL);
		bytes = set_pages(&scene, resident);
		scene_expect_load(&scene, &range, 1);
		check_pages(&scene, resident);
		assert_true(scene.report.bytes_cached <= bytes);
		/* Each page is a quarter of a chunk of 8192, or more. */
		if (i % 3)
			assert_int_equal(scene.report.bytes_cached, bytes);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		/* Parts of it, with both ends in the middle of something. */
		range = scene_range(&scene, 0, 700 + random_below(40000), 0,
				    random_below(2) ? 700 : 3, 50000);
		scene_expect_load(&scene, &range, 1);
		check_pages(&scene, resident);
		drop(&scene);
	}
}

/* What is not resident is read while the rest is copied, and not after it. */
static void disk_reads_beside_copies(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	range = make(&scene, "pfnmap", 8192);
	set_pages(&scene, ALL & ~(1ull << 2));
	fake_fail_calls(FAKE_READ, 1, 1, -EIO);
	scene_expect_failure(&scene, &range, 1, -EIO, "offset 8192");
	assert_in_range(fake_count(FAKE_COPY_MAPPED), 1, PAGES / 4);
	drop(&scene);
}

static void short_runs_are_not_worth_it(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	range = make(&scene, "pfnmap", 32768);
	set_pages(&scene, 1 << 1 | 3 << 8);
	scene_expect_load(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_cached, 2 * PAGE);
	/* Unless they are all there is. */
	range = scene_range(&scene, 0, PAGE, 0, 77, PAGE);
	scene_expect_load(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_cached, PAGE);
	assert_int_equal(scene.report.bytes_bounced, 0);
	drop(&scene);
}

static void bypass_reads_the_disk(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 3; i++) {
		range = make(&scene, kinds[i % 4], 8192);
		scene.options.cache = DMALOAD_CACHE_BYPASS;
		scene.options.paths = 1u << (i / 4);
		if (i / 4 == 0)
			scene.options.paths |= DMALOAD_ALLOW_BOUNCE;
		set_pages(&scene, 0x1f0);
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(scene.report.bytes_cached, 0);
		check_pages(&scene, 0x1f0);
		assert_int_equal(scene.report.cache_before_bytes, 5 * PAGE);
		drop(&scene);
	}
}

static void keep_leaves_all_of_it(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		range = make(&scene, kinds[i % 4], 8192);
		scene.options.cache = DMALOAD_CACHE_KEEP;
		set_pages(&scene, 0x1f0);
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(scene.report.bytes_buffered, SIZE);
		check_pages(&scene, ALL);
		assert_int_equal(scene.report.cache_before_bytes, 5 * PAGE);
		assert_int_equal(scene.report.cache_residue_bytes,
				 (PAGES - 5) * PAGE);
		/* The next one finds it. */
		scene.options.cache = DMALOAD_CACHE_AUTO;
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(scene.report.bytes_cached, SIZE);
		check_pages(&scene, ALL);
		scene.options.cache = DMALOAD_CACHE_KEEP;
		scene.options.paths = DMALOAD_ALLOW_BOUNCE;
		scene_expect_failure(&scene, &range, 1, -EINVAL,
				     "DMALOAD_CACHE_KEEP needs");
		scene_check_ranges(&scene, NULL, 0, false);
		drop(&scene);
	}
}

/* Bytes that did not go the best way have a reason, unless they are the ends of
 * parts. */
static void check_reasons(const struct dmaload_report *report, uint64_t ends)
{
	if (report->bytes_buffered > 0)
		assert_true(report->declined[DMALOAD_PATH_BOUNCE][0]);
	if (report->bytes_buffered > 0 || report->bytes_bounced > 2 * ends)
		assert_true(report->declined[DMALOAD_PATH_DIRECT][0]);
}

/* The ends of what was cached are no whole blocks, and the pages are gone. */
static void evicted_meanwhile(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	uint64_t resident;
	unsigned i;

	(void)state;
	for (i = 0; i < 200; i++) {
		range = make(&scene, kinds[i % 4], i % 3 ? 8192 : 16384);
		fake.order = (enum fake_order)(i % 3);
		fake.seed = i + 1;
		if (i % 5 == 4)
			scene.nodes[0]->direct_error = -EINVAL;
		resident = i % 2 ? ALL : random_below(ALL) | 1ull << (PAGES - 1);
		set_pages(&scene, resident);
		scene.nodes[0]->evict_after = 1 + random_below(8);
		scene.nodes[0]->evict_offset = PAGE * random_below(20);
		scene.nodes[0]->evict_length = random_below(2) * 30000;
		if (i % 4 == 3)
			range = scene_range(&scene, 0, 700, 0, i % 8 == 3 ?
					    1212 : 3, 70000);
		scene_expect_load(&scene, &range, 1);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		check_reasons(&scene.report, 512);
		drop(&scene);
	}
}

/* The same of small ranges, which are cached extents of their own, and share reads
 * when they are not. */
static void small_ones_evicted_meanwhile(void **state)
{
	struct dmaload_range ranges[64];
	struct scene scene;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 200; i++) {
		make(&scene, kinds[i % 4], 8192);
		fake.seed = i + 1;
		set_pages(&scene, i % 2 ? ALL : random_below(ALL));
		scene.nodes[0]->evict_after = 1 + random_below(20);
		scene.nodes[0]->evict_offset = PAGE * random_below(20);
		scene.nodes[0]->evict_length = random_below(2) * 30000;
		for (n = 0; n < 64; n++)
			ranges[n] = scene_range(&scene, 0, n * 1536, 0, n * 1536 +
						i % 3 * 512, i % 5 ? 1024 : 1500);
		scene_expect_load(&scene, ranges, i % 5 ? 64 : 63);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		check_reasons(&scene.report, 64 * 512);
		drop(&scene);
	}
}

/* All of it was to be copied, and after the first chunk none of it is there: a reason
 * is left. */
static void all_evicted(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		range = make(&scene, kinds[i], 8192);
		set_pages(&scene, ALL);
		scene.nodes[0]->evict_after = 1;
		scene_expect_load(&scene, &range, 1);
		/* And a last page, for which it is not asked again. */
		assert_int_equal(scene.report.bytes_cached,
				 8192 + SIZE % PAGE);
		assert_int_equal(scene.report.bytes_direct, i == 1 ? 0 :
				 SIZE / PAGE * PAGE - 8192);
		scene_check_reason(&scene, DMALOAD_PATH_DIRECT, i == 1 ?
				   "VM_PFNMAP" : NULL);
		drop(&scene);
	}
	range = make(&scene, "memfd", 8192);
	set_pages(&scene, ALL);
	scene.nodes[0]->evict_after = 1;
	range.buffer_offset = 3;
	scene_expect_load(&scene, &range, 1);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "in 1 of 1 extents");
	drop(&scene);
}

/* The route's own path tries again after trouble with the page cache. */
static void trouble_with_the_cache(void **state)
{
	static const int codes[] = { -EAGAIN, -EINTR, -EIO, -EOPNOTSUPP,
				     -EINTR, -EFAULT };
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 6 * 4; i++) {
		range = make(&scene, kinds[i % 4], 8192);
		set_pages(&scene, ALL);
		fake_fail_calls(FAKE_COPY_MAPPED, 1, i % 8 < 4 ? 3 : 0,
				codes[i / 4]);
		scene_expect_load(&scene, &range, 1);
		if (i % 8 >= 4)
			assert_int_equal(scene.report.bytes_cached, 0);
		check_pages(&scene, ALL);
		drop(&scene);
	}
}

static void who_may_not_know(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	range = make(&scene, "memfd", 8192);
	scene.nodes[0]->may_write = false;
	scene.nodes[0]->st.uid++;
	set_pages(&scene, ALL);
	scene_expect_load(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_cached, 0);
	assert_true(scene.report.cache_before_bytes == DMALOAD_UNKNOWN);
	check_pages(&scene, ALL);
	drop(&scene);
}

/* Somebody has written to the file: his bytes count, and stay where they are. */
static void dirty_pages_are_read_right(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 4; i++) {
		range = make(&scene, kinds[i % 4], 8192);
		fake_dirty(scene.nodes[0], 5000, 20000);
		fake_dirty(scene.nodes[0], 99999, 1);
		if (i / 4 > 0) {
			scene.options.cache = DMALOAD_CACHE_BYPASS;
			scene.options.paths = 1u << (i / 4 - 1) |
					      DMALOAD_ALLOW_BUFFERED;
		}
		scene_expect_load(&scene, &range, 1);
		check_pages(&scene, 0x7e | 1ull << (PAGES - 1));
		if (i / 4 == 0)
			assert_true(scene.nodes[0]->dirty[2]);
		drop(&scene);
	}
}

static void comparisons_with_the_cache(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 3; i++) {
		range = make(&scene, kinds[i % 4], 8192);
		set_pages(&scene, 0x1f0f1);
		scene_expect_load(&scene, &range, 1);
		scene.options.cache = i / 4;
		scene.nodes[0]->evict_after = i % 5;
		scene.nodes[0]->evict_offset = PAGE * 13;
		scene_prepare(&scene);
		assert_int_equal(dmaload_verify(scene.ctx, &range, 1,
						&scene.options, &scene.report,
						&scene.err), 0);
		assert_int_equal(scene.report.bytes_cached > 0, i / 4 == 0);
		scene.views[0][20000] ^= 1;
		scene_check_failure(&scene, dmaload_verify(scene.ctx, &range, 1,
				    &scene.options, NULL, &scene.err), -EBADMSG,
				    "byte 20000 of the file");
		drop(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(what_is_resident_is_copied),
		SCENE_TEST(disk_reads_beside_copies),
		SCENE_TEST(short_runs_are_not_worth_it),
		SCENE_TEST(bypass_reads_the_disk),
		SCENE_TEST(keep_leaves_all_of_it),
		SCENE_TEST(evicted_meanwhile),
		SCENE_TEST(small_ones_evicted_meanwhile),
		SCENE_TEST(all_evicted),
		SCENE_TEST(trouble_with_the_cache),
		SCENE_TEST(who_may_not_know),
		SCENE_TEST(dirty_pages_are_read_right),
		SCENE_TEST(comparisons_with_the_cache),
	};

	return cmocka_run_group_tests_name("cached", tests, NULL, NULL);
}
