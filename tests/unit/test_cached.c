/* SPDX-License-Identifier: MIT */
/* Loads of files that are in the page cache when they begin. */
#include <errno.h>
#include <string.h>

#include "crowd.h"

#define PAGE FAKE_PAGE
#define SIZE 101000
#define PAGES (SIZE / PAGE + 1)

static const char *const kinds[] = { "memfd", "pfnmap", "foreign", "memory" };

/* A file, a buffer, and a range of it that blocks fall on in place. */
static struct dmaload_range make(struct crowd *crowd, const char *kind,
				 uint32_t chunk)
{
	crowd_make(crowd, chunk, 4);
	crowd_add_file(crowd, SIZE, 0);
	crowd_add_buffer(crowd, kind, 128 << 10);
	return crowd_range(crowd, 0, 0, 0, 0, SIZE);
}

static void drop(struct crowd *crowd)
{
	crowd_drop(crowd);
	fake_check_balanced();
	fake_reset();
}

/* The page cache is what it was: bit i of a mask is page i. */
static void check_pages(const struct crowd *crowd, uint64_t resident)
{
	uint64_t i;

	for (i = 0; i < PAGES; i++)
		if (fake_cached(crowd->nodes[0], i * PAGE) !=
		    (resident >> i & 1))
			fail_msg("page %u is %sin the page cache", (unsigned)i,
				 resident >> i & 1 ? "not " : "");
}

static uint64_t set_pages(struct crowd *crowd, uint64_t resident)
{
	uint64_t i, bytes = 0;

	for (i = 0; i < PAGES; i++) {
		crowd->nodes[0]->resident[i] = resident >> i & 1;
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
	struct crowd crowd;
	uint64_t resident, bytes;
	unsigned i;

	(void)state;
	for (i = 0; i < 240; i++) {
		range = make(&crowd, kinds[i % 4], i % 3 ? 8192 : 32768);
		fake.order = (enum fake_order)(i % 3);
		fake.seed = i + 1;
		fake.no_cachestat = i % 5 == 4;
		fake.read_most = i % 7 == 6 ? 3000 : 0;
		if (i % 6 == 5)
			crowd.nodes[0]->direct_error = -EINVAL;
		resident = crowd_below(ALL) & crowd_below(ALL);
		if (i % 4 == 3)
			resident = i % 8 == 3 ? ALL : crowd_below(ALL) |
							crowd_below(ALL);
		bytes = set_pages(&crowd, resident);
		crowd_load_all(&crowd, &range, 1);
		check_pages(&crowd, resident);
		assert_true(crowd.report.bytes_cached <= bytes);
		/* Each page is a quarter of a chunk of 8192, or more. */
		if (i % 3)
			assert_int_equal(crowd.report.bytes_cached, bytes);
		assert_int_equal(crowd.report.cache_residue_bytes, 0);
		/* Parts of it, with both ends in the middle of something. */
		range = crowd_range(&crowd, 0, 700 + crowd_below(40000), 0,
				    crowd_below(2) ? 700 : 3, 50000);
		crowd_load_all(&crowd, &range, 1);
		check_pages(&crowd, resident);
		drop(&crowd);
	}
}

/* What is not resident is read while the rest is copied, and not after it. */
static void disk_reads_beside_copies(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	range = make(&crowd, "pfnmap", 8192);
	set_pages(&crowd, ALL & ~(1ull << 2));
	fake_fail_calls(FAKE_READ, 1, 1, -EIO);
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -EIO,
			    "offset 8192");
	assert_in_range(fake_count(FAKE_COPY_MAPPED), 1, PAGES / 4);
	drop(&crowd);
}

static void short_runs_are_not_worth_it(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	range = make(&crowd, "pfnmap", 32768);
	set_pages(&crowd, 1 << 1 | 3 << 8);
	crowd_load_all(&crowd, &range, 1);
	assert_int_equal(crowd.report.bytes_cached, 2 * PAGE);
	/* Unless they are all there is. */
	range = crowd_range(&crowd, 0, PAGE, 0, 77, PAGE);
	crowd_load_all(&crowd, &range, 1);
	assert_int_equal(crowd.report.bytes_cached, PAGE);
	assert_int_equal(crowd.report.bytes_bounced, 0);
	drop(&crowd);
}

static void bypass_reads_the_disk(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 3; i++) {
		range = make(&crowd, kinds[i % 4], 8192);
		crowd.options.cache = DMALOAD_CACHE_BYPASS;
		crowd.options.paths = 1u << (i / 4);
		if (i / 4 == 0)
			crowd.options.paths |= DMALOAD_ALLOW_BOUNCE;
		set_pages(&crowd, 0x1f0);
		crowd_load_all(&crowd, &range, 1);
		assert_int_equal(crowd.report.bytes_cached, 0);
		check_pages(&crowd, 0x1f0);
		assert_int_equal(crowd.report.cache_before_bytes, 5 * PAGE);
		drop(&crowd);
	}
}

static void keep_leaves_all_of_it(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		range = make(&crowd, kinds[i % 4], 8192);
		crowd.options.cache = DMALOAD_CACHE_KEEP;
		set_pages(&crowd, 0x1f0);
		crowd_load_all(&crowd, &range, 1);
		assert_int_equal(crowd.report.bytes_buffered, SIZE);
		check_pages(&crowd, ALL);
		assert_int_equal(crowd.report.cache_before_bytes, 5 * PAGE);
		assert_int_equal(crowd.report.cache_residue_bytes,
				 (PAGES - 5) * PAGE);
		/* The next one finds it. */
		crowd.options.cache = DMALOAD_CACHE_AUTO;
		crowd_load_all(&crowd, &range, 1);
		assert_int_equal(crowd.report.bytes_cached, SIZE);
		check_pages(&crowd, ALL);
		crowd.options.cache = DMALOAD_CACHE_KEEP;
		crowd.options.paths = DMALOAD_ALLOW_BOUNCE;
		crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1),
				    -EINVAL, "DMALOAD_CACHE_KEEP needs");
		crowd_check(&crowd, NULL, 0, false);
		drop(&crowd);
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
	struct crowd crowd;
	uint64_t resident;
	unsigned i;

	(void)state;
	for (i = 0; i < 200; i++) {
		range = make(&crowd, kinds[i % 4], i % 3 ? 8192 : 16384);
		fake.order = (enum fake_order)(i % 3);
		fake.seed = i + 1;
		if (i % 5 == 4)
			crowd.nodes[0]->direct_error = -EINVAL;
		resident = i % 2 ? ALL : crowd_below(ALL) | 1ull << (PAGES - 1);
		set_pages(&crowd, resident);
		crowd.nodes[0]->evict_after = 1 + crowd_below(8);
		crowd.nodes[0]->evict_offset = PAGE * crowd_below(20);
		crowd.nodes[0]->evict_length = crowd_below(2) * 30000;
		if (i % 4 == 3)
			range = crowd_range(&crowd, 0, 700, 0, i % 8 == 3 ?
					    1212 : 3, 70000);
		crowd_load_all(&crowd, &range, 1);
		assert_int_equal(crowd.report.cache_residue_bytes, 0);
		check_reasons(&crowd.report, 512);
		drop(&crowd);
	}
}

/* The same of small ranges, which are cached extents of their own, and share reads
 * when they are not. */
static void small_ones_evicted_meanwhile(void **state)
{
	struct dmaload_range ranges[64];
	struct crowd crowd;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 200; i++) {
		make(&crowd, kinds[i % 4], 8192);
		fake.seed = i + 1;
		set_pages(&crowd, i % 2 ? ALL : crowd_below(ALL));
		crowd.nodes[0]->evict_after = 1 + crowd_below(20);
		crowd.nodes[0]->evict_offset = PAGE * crowd_below(20);
		crowd.nodes[0]->evict_length = crowd_below(2) * 30000;
		for (n = 0; n < 64; n++)
			ranges[n] = crowd_range(&crowd, 0, n * 1536, 0, n * 1536 +
						i % 3 * 512, i % 5 ? 1024 : 1500);
		crowd_load_all(&crowd, ranges, i % 5 ? 64 : 63);
		assert_int_equal(crowd.report.cache_residue_bytes, 0);
		check_reasons(&crowd.report, 64 * 512);
		drop(&crowd);
	}
}

/* All of it was to be copied, and after the first chunk none of it is there: a reason
 * is left. */
static void all_evicted(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		range = make(&crowd, kinds[i], 8192);
		set_pages(&crowd, ALL);
		crowd.nodes[0]->evict_after = 1;
		crowd_load_all(&crowd, &range, 1);
		/* And a last page, for which it is not asked again. */
		assert_int_equal(crowd.report.bytes_cached,
				 8192 + SIZE % PAGE);
		assert_int_equal(crowd.report.bytes_direct, i == 1 ? 0 :
				 SIZE / PAGE * PAGE - 8192);
		crowd_check_reason(&crowd, DMALOAD_PATH_DIRECT, i == 1 ?
				   "VM_PFNMAP" : NULL);
		drop(&crowd);
	}
	range = make(&crowd, "memfd", 8192);
	set_pages(&crowd, ALL);
	crowd.nodes[0]->evict_after = 1;
	range.buffer_offset = 3;
	crowd_load_all(&crowd, &range, 1);
	crowd_check_reason(&crowd, DMALOAD_PATH_DIRECT, "in 1 of 1 extents");
	drop(&crowd);
}

/* The route's own path tries again after trouble with the page cache. */
static void trouble_with_the_cache(void **state)
{
	static const int codes[] = { -EAGAIN, -EINTR, -EIO, -EOPNOTSUPP,
				     -EINTR, -EFAULT };
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 6 * 4; i++) {
		range = make(&crowd, kinds[i % 4], 8192);
		set_pages(&crowd, ALL);
		fake_fail_calls(FAKE_COPY_MAPPED, 1, i % 8 < 4 ? 3 : 0,
				codes[i / 4]);
		crowd_load_all(&crowd, &range, 1);
		if (i % 8 >= 4)
			assert_int_equal(crowd.report.bytes_cached, 0);
		check_pages(&crowd, ALL);
		drop(&crowd);
	}
}

static void who_may_not_know(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	range = make(&crowd, "memfd", 8192);
	crowd.nodes[0]->may_write = false;
	crowd.nodes[0]->st.uid++;
	set_pages(&crowd, ALL);
	crowd_load_all(&crowd, &range, 1);
	assert_int_equal(crowd.report.bytes_cached, 0);
	assert_true(crowd.report.cache_before_bytes == DMALOAD_UNKNOWN);
	check_pages(&crowd, ALL);
	drop(&crowd);
}

/* Somebody has written to the file: his bytes count, and stay where they are. */
static void dirty_pages_are_read_right(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 4; i++) {
		range = make(&crowd, kinds[i % 4], 8192);
		fake_dirty(crowd.nodes[0], 5000, 20000);
		fake_dirty(crowd.nodes[0], 99999, 1);
		if (i / 4 > 0) {
			crowd.options.cache = DMALOAD_CACHE_BYPASS;
			crowd.options.paths = 1u << (i / 4 - 1) |
					      DMALOAD_ALLOW_BUFFERED;
		}
		crowd_load_all(&crowd, &range, 1);
		check_pages(&crowd, 0x7e | 1ull << (PAGES - 1));
		if (i / 4 == 0)
			assert_true(crowd.nodes[0]->dirty[2]);
		drop(&crowd);
	}
}

static void comparisons_with_the_cache(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 3; i++) {
		range = make(&crowd, kinds[i % 4], 8192);
		set_pages(&crowd, 0x1f0f1);
		crowd_load_all(&crowd, &range, 1);
		crowd.options.cache = i / 4;
		crowd.nodes[0]->evict_after = i % 5;
		crowd.nodes[0]->evict_offset = PAGE * 13;
		crowd_prepare(&crowd);
		assert_int_equal(dmaload_verify(crowd.ctx, &range, 1,
						&crowd.options, &crowd.report,
						&crowd.err), 0);
		assert_int_equal(crowd.report.bytes_cached > 0, i / 4 == 0);
		crowd.views[0][20000] ^= 1;
		crowd_check_failure(&crowd, dmaload_verify(crowd.ctx, &range, 1,
				    &crowd.options, NULL, &crowd.err), -EBADMSG,
				    "byte 20000 of the file");
		drop(&crowd);
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
