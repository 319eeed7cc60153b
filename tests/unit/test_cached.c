/* SPDX-License-Identifier: MIT */
/* Loads of files that are in the page cache when they begin. */
#include <errno.h>

#include "rows.h"

#define PAGE FAKE_PAGE
#define SIZE 101000
#define PAGES (SIZE / PAGE + 1)
#define ALL ((1ull << PAGES) - 1)
#define LAST (1ull << (PAGES - 1))
#define ANY UINT64_MAX

static const char *const kinds[] = { "memfd", "pfnmap", "foreign", "memory" };

/* The range is the whole file, and blocks fall on it in place. */
static void make(struct scene *scene, const char *kind, uint32_t chunk)
{
	scene_make(scene, &(struct scene_setup){
		.source = kind, .file_size = SIZE, .chunk = chunk });
}

static void drop(struct scene *scene)
{
	scene_drop(scene);
	fake_check_balanced();
	fake_reset();
}

static void load(struct scene *scene)
{
	scene_expect_load(scene, &scene->range, 1);
}

/* Bit i of resident is page i. */
static void check_pages(const struct scene *scene, uint64_t resident)
{
	uint64_t i;

	for (i = 0; i < PAGES; i++)
		if (fake_cached(scene->node, i * PAGE) != (resident >> i & 1))
			fail_msg("page %u is %sin the page cache", (unsigned)i,
				 resident >> i & 1 ? "not " : "");
}

static uint64_t set_pages(struct scene *scene, uint64_t resident)
{
	uint64_t i, bytes = 0;

	for (i = 0; i < PAGES; i++) {
		scene->node->resident[i] = resident >> i & 1;
		if (resident >> i & 1)
			bytes += i < PAGES - 1 ? PAGE : SIZE % PAGE;
	}
	return bytes;
}

#define BYPASS(path) \
	.cache = DMALOAD_CACHE_BYPASS, .paths = DMALOAD_ALLOW_##path
#define COPY_FAILS(times, code) \
	.resident = ALL, .after = ALL, .fails = { FAKE_COPY_MAPPED, 1, times, code }
#define DIRTY .dirty = true, .after = 0x7e | LAST
#define EVICTED \
	.resident = ALL, .after = 3 | LAST, .evict_after = 1, \
	.cached = 8192 + SIZE % PAGE
#define EACH(title, ...) \
	{ title ": memfd", "memfd", __VA_ARGS__ }, \
	{ title ": pfnmap", "pfnmap", __VA_ARGS__ }, \
	{ title ": foreign", "foreign", __VA_ARGS__ }, \
	{ title ": memory", "memory", __VA_ARGS__ }

/* One load, and what it copies from the page cache. */
static const struct row {
	const char *name, *kind;
	uint32_t chunk, paths;
	enum dmaload_cache cache;
	uint64_t resident, evict_after;
	/* Another process has written to some pages. This one may not query the
	 * page cache. */
	bool dirty, secret;
	struct row_failure fails;
	/* The range, if it is not the whole file in place. */
	uint64_t offset, at, length;
	/* Bytes that were resident, unless it is 0, and that were copied, or ANY. */
	uint64_t before, cached;
	/* Why the direct path moved nothing; "": it moved the rest; NULL: either. */
	const char *direct;
	/* The pages that are resident afterwards. */
	uint64_t after;
} rows[] = {
	{ "short runs are not worth a copy", "pfnmap", 32768, .before = 3 * PAGE,
	  .resident = 1 << 1 | 3 << 8, .cached = 2 * PAGE,
	  .after = 1 << 1 | 3 << 8 },
	{ "a short run is all there is", "pfnmap", 32768, .before = PAGE,
	  .resident = 1 << 1 | 3 << 8, .cached = PAGE,
	  .after = 1 << 1 | 3 << 8, .offset = PAGE, .at = 77, .length = PAGE },
	EACH("bypass, direct", .resident = 0x1f0, .after = 0x1f0,
	     .before = 5 * PAGE, BYPASS(DIRECT) | DMALOAD_ALLOW_BOUNCE),
	EACH("bypass, bounce", .resident = 0x1f0, .after = 0x1f0,
	     .before = 5 * PAGE, BYPASS(BOUNCE)),
	EACH("bypass, buffered", .resident = 0x1f0, .after = 0x1f0,
	     .before = 5 * PAGE, BYPASS(BUFFERED)),
	{ "evicted before it is copied: memfd", "memfd", EVICTED, .direct = "" },
	{ "evicted before it is copied: pfnmap", "pfnmap", EVICTED,
	  .direct = "VM_PFNMAP" },
	{ "evicted before it is copied: foreign", "foreign", EVICTED, .direct = "" },
	{ "evicted before it is copied: memory", "memory", EVICTED, .direct = "" },
	{ "evicted before it is copied: no block fits", "memfd", EVICTED, .at = 3,
	  .direct = "in 1 of 1 extents" },
	EACH("a few copies fail: EAGAIN", COPY_FAILS(3, -EAGAIN), .cached = ANY),
	EACH("copies fail: EINTR", COPY_FAILS(0, -EINTR)),
	EACH("a few copies fail: EIO", COPY_FAILS(3, -EIO), .cached = ANY),
	EACH("copies fail: EOPNOTSUPP", COPY_FAILS(0, -EOPNOTSUPP)),
	EACH("a few copies fail: EINTR", COPY_FAILS(3, -EINTR), .cached = ANY),
	EACH("copies fail: EFAULT", COPY_FAILS(0, -EFAULT)),
	{ "the cache may not be queried", "memfd", .resident = ALL, .secret = true,
	  .before = DMALOAD_UNKNOWN, .after = ALL },
	EACH("dirty pages", DIRTY, .cached = ANY),
	EACH("dirty pages, direct", DIRTY, BYPASS(DIRECT) | DMALOAD_ALLOW_BUFFERED),
	EACH("dirty pages, bounce", DIRTY, BYPASS(BOUNCE) | DMALOAD_ALLOW_BUFFERED),
	EACH("dirty pages, buffered", DIRTY, BYPASS(BUFFERED)),
};

static void prepare_row(struct scene *scene, const struct row *row)
{
	make(scene, row->kind, row->chunk);
	scene_set_range(scene, row->offset, row->at,
			row->length ? row->length : DMALOAD_TO_END);
	scene->options.cache = row->cache;
	scene->options.paths = row->paths;
	set_pages(scene, row->resident);
	scene->node->evict_after = row->evict_after;
	if (row->secret) {
		scene->node->may_write = false;
		scene->node->st.uid++;
	}
	if (row->dirty) {
		fake_dirty(scene->node, 5000, 20000);
		fake_dirty(scene->node, 99999, 1);
	}
	row_fail(&row->fails);
}

static void one_load(void **state)
{
	const struct row *row = *state;
	const struct dmaload_report *report;
	struct scene scene;

	prepare_row(&scene, row);
	report = &scene.report;
	load(&scene);
	if (row->cached != ANY)
		assert_int_equal(report->bytes_cached, row->cached);
	if (row->before)
		assert_true(report->cache_before_bytes == row->before);
	if (row->direct) {
		scene_check_reason(&scene, DMALOAD_PATH_DIRECT, row->direct);
		/* Two chunks are copied all the same: the first, and the last,
		 * before which the cache is not queried again. */
		assert_int_equal(report->bytes_direct, row->direct[0] ? 0 :
				 SIZE / PAGE * PAGE - 8192);
	}
	check_pages(&scene, row->after);
	if (row->dirty && row->cache == DMALOAD_CACHE_AUTO)
		assert_true(scene.node->dirty[2]);
	scene_drop(&scene);
}

/* Any pattern of pages, by any path beneath, with any order of completions. */
static void resident_pages_are_copied(void **state)
{
	struct scene scene;
	uint64_t resident, bytes;
	unsigned i;

	(void)state;
	for (i = 0; i < 240; i++) {
		make(&scene, kinds[i % 4], i % 3 ? 8192 : 32768);
		fake.order = (enum fake_order)(i % 3);
		fake.seed = i + 1;
		fake.no_cachestat = i % 5 == 4;
		fake.read_most = i % 7 == 6 ? 3000 : 0;
		if (i % 6 == 5)
			scene.node->direct_error = -EINVAL;
		resident = random_below(ALL) & random_below(ALL);
		if (i % 4 == 3)
			resident = i % 8 == 3 ? ALL : random_below(ALL) |
							random_below(ALL);
		bytes = set_pages(&scene, resident);
		load(&scene);
		check_pages(&scene, resident);
		assert_true(scene.report.bytes_cached <= bytes);
		/* Each page is a quarter of a chunk of 8192, or more. */
		if (i % 3)
			assert_int_equal(scene.report.bytes_cached, bytes);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		/* A part, with both ends inside of pages and blocks. */
		scene_set_range(&scene, 700 + random_below(40000),
				random_below(2) ? 700 : 3, 50000);
		load(&scene);
		check_pages(&scene, resident);
		drop(&scene);
	}
}

/* The disk is read while resident pages are copied, and not after them. */
static void disk_is_read_beside_copies(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "pfnmap", 8192);
	set_pages(&scene, ALL & ~(1ull << 2));
	fake_fail_calls(FAKE_READ, 1, 1, -EIO);
	scene_check_failure(&scene, scene_load(&scene), -EIO, "offset 8192");
	assert_in_range(fake_count(FAKE_COPY_MAPPED), 1, PAGES / 4);
	scene_drop(&scene);
}

static void keep_leaves_all_pages(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		make(&scene, kinds[i % 4], 8192);
		scene.options.cache = DMALOAD_CACHE_KEEP;
		set_pages(&scene, 0x1f0);
		load(&scene);
		assert_int_equal(scene.report.bytes_buffered, SIZE);
		check_pages(&scene, ALL);
		assert_int_equal(scene.report.cache_before_bytes, 5 * PAGE);
		assert_int_equal(scene.report.cache_residue_bytes,
				 (PAGES - 5) * PAGE);
		/* The next load finds them. */
		scene.options.cache = DMALOAD_CACHE_AUTO;
		load(&scene);
		assert_int_equal(scene.report.bytes_cached, SIZE);
		check_pages(&scene, ALL);
		scene.options.cache = DMALOAD_CACHE_KEEP;
		scene.options.paths = DMALOAD_ALLOW_BOUNCE;
		scene_check_failure(&scene, scene_load(&scene), -EINVAL,
				    "DMALOAD_CACHE_KEEP needs");
		scene_check_ranges(&scene, NULL, 0, false);
		drop(&scene);
	}
}

static void verify_copies_too(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4 * 3; i++) {
		make(&scene, kinds[i % 4], 8192);
		set_pages(&scene, 0x1f0f1);
		scene.options.cache = i / 4;
		scene.node->evict_after = i % 5;
		scene.node->evict_offset = PAGE * 13;
		assert_int_equal(scene_verify(&scene), 0);
		assert_int_equal(scene.report.bytes_cached > 0, i / 4 == 0);
		scene.spoilt = 20001;
		scene_check_failure(&scene, scene_verify(&scene), -EBADMSG,
				    "byte 20000 of the file");
		drop(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(resident_pages_are_copied),
		SCENE_TEST(disk_is_read_beside_copies),
		SCENE_TEST(keep_leaves_all_pages),
		SCENE_TEST(verify_copies_too),
	};

	return ROWS_RUN("cached, one load", one_load, rows) +
	       cmocka_run_group_tests_name("cached", tests, NULL, NULL);
}
