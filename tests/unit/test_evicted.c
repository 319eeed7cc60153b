/* SPDX-License-Identifier: MIT */
/* Loads that begin to copy from the page cache, and then the pages leave it. */
#include <errno.h>

#include "scene.h"

#define PAGE FAKE_PAGE
#define SIZE 101000
#define PAGES (SIZE / PAGE + 1)
#define ALL ((1ull << PAGES) - 1)

static const char *const kinds[] = { "memfd", "pfnmap", "foreign", "memory" };

/* Bit i of resident is page i. Some pages are evicted after most copies. */
static void make(struct scene *scene, unsigned i, uint32_t chunk, uint64_t most)
{
	uint64_t resident;
	unsigned page;

	scene_make(scene, &(struct scene_setup){
		.source = kinds[i % 4], .file_size = SIZE, .chunk = chunk });
	fake.seed = i + 1;
	resident = i % 2 ? ALL : random_below(ALL);
	for (page = 0; page < PAGES; page++)
		scene->node->resident[page] = resident >> page & 1;
	scene->node->evict_after = 1 + random_below(most);
	scene->node->evict_offset = PAGE * random_below(20);
	scene->node->evict_length = random_below(2) * 30000;
}

/* Bytes that did not go the best way have a reason, unless they are the ends of
 * parts. */
static void check_and_drop(struct scene *scene, uint64_t ends)
{
	const struct dmaload_report *report = &scene->report;

	assert_int_equal(report->cache_residue_bytes, 0);
	if (report->bytes_buffered > 0)
		assert_true(report->declined[DMALOAD_PATH_BOUNCE][0]);
	if (report->bytes_buffered > 0 || report->bytes_bounced > 2 * ends)
		assert_true(report->declined[DMALOAD_PATH_DIRECT][0]);
	scene_drop(scene);
	fake_check_balanced();
	fake_reset();
}

/* The ends of what was cached are not whole blocks. */
static void one_range(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 200; i++) {
		make(&scene, i, i % 3 ? 8192 : 16384, 8);
		scene.node->resident[PAGES - 1] = true;
		fake.order = (enum fake_order)(i % 3);
		if (i % 5 == 4)
			scene.node->direct_error = -EINVAL;
		if (i % 4 == 3)
			scene_set_range(&scene, 700, i % 8 == 3 ? 1212 : 3,
					70000);
		scene_expect_load(&scene, &scene.range, 1);
		check_and_drop(&scene, 512);
	}
}

/* They are cached extents of their own, and share reads if they are not. */
static void small_ranges(void **state)
{
	struct dmaload_range ranges[64];
	struct scene scene;
	unsigned i, n;

	(void)state;
	for (i = 0; i < 200; i++) {
		make(&scene, i, 8192, 20);
		for (n = 0; n < 64; n++)
			ranges[n] = scene_range(&scene, 0, n * 1536, 0,
						n * 1536 + i % 3 * 512,
						i % 5 ? 1024 : 1500);
		scene_expect_load(&scene, ranges, i % 5 ? 64 : 63);
		check_and_drop(&scene, 64 * 512);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(one_range),
		SCENE_TEST(small_ranges),
	};

	return cmocka_run_group_tests_name("evicted", tests, NULL, NULL);
}
