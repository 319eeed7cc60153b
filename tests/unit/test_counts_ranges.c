/* SPDX-License-Identifier: MIT */
/*
 * The cost in calls of the kernel of what has more than one range, or is no
 * load of a file. test_counts.c has the rest.
 */
#include "stored.h"

#define SIZE 131072u

#define BIT(path) DMALOAD_ALLOW_ ## path

static void expect(const char *calls)
{
	assert_string_equal(fake_counts(), calls);
}

static void load_ranges(struct scene *scene, const struct dmaload_range *ranges,
			size_t count, const char *calls)
{
	fake_count_anew();
	scene_expect_load(scene, ranges, count);
	expect(calls);
}

/* A thousand ranges cost the kernel what one does. */
static void many_ranges(void **state)
{
	struct dmaload_range ranges[1000];
	const uint64_t step = SIZE / 1000;
	struct scene scene;
	size_t i;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, SIZE, 0);
	scene_add_buffer(&scene, "pfnmap", SIZE);
	scene.options.paths = BIT(BOUNCE);
	ranges[0] = scene_range(&scene, 0, 0, 0, 0, SIZE);
	load_ranges(&scene, ranges, 1, "open 1, stat_direct 1, read_text 3, "
		    "map 1, madvise 2, pagemap 1, fadvise 1, cachestat 2, sync 2, "
		    "ring_create 1, ring_register 1, ring_submit 16, read 16, pid 1, "
		    "limit 1");
	for (i = 0; i < 1000; i++)
		ranges[i] = scene_range(&scene, 0, i * step, 0,
					(999 - i) * step, step - 8);
	load_ranges(&scene, ranges, 1000, "read_text 1, cachestat 1, sync 2, "
		    "ring_submit 16, read 16, pid 1");
	/* But each that is resident is read by a call; which is all, even so. */
	fake_cache(scene.nodes[0], 0, SIZE);
	load_ranges(&scene, ranges, 1000, "stat_fd 1014, read_text 1, map 1, "
		    "madvise 1, cachestat 2, copy_mapped 1014, sync 2, unmap 1, "
		    "pid 1");
	scene_drop(&scene);
}

/* A priority more is a bracket more, and a look whether a device would keep it waiting. */
static void priorities(void **state)
{
	struct dmaload_range ranges[4];
	struct scene scene;
	uint32_t i;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_file(&scene, SIZE, 0);
	scene_add_buffer(&scene, "pfnmap", SIZE);
	scene.options.paths = BIT(BOUNCE);
	for (i = 0; i < 4; i++) {
		ranges[i] = scene_range(&scene, 0, i * SIZE / 4, 0,
					i * SIZE / 4, SIZE / 4);
		ranges[i].priority = i;
	}
	load_ranges(&scene, ranges, 4, "open 1, stat_direct 1, read_text 3, "
		    "map 1, madvise 2, pagemap 1, fadvise 1, cachestat 5, sync 8, "
		    "ring_create 1, ring_register 1, ring_submit 16, read 16, pid 1, "
		    "limit 1, idle 3");
	scene_drop(&scene);
}

static void streams(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 0, 0);
	scene_add_stream(&scene, FAKE_PIPE, SIZE);
	scene_add_buffer(&scene, "heap", SIZE);
	range = scene_range(&scene, 0, 0, 0, 0, SIZE);
	load_ranges(&scene, &range, 1, "read_stream 16, wait_readable 16, event 1, sync 2, "
		    "close 1, pid 1");
	scene_drop(&scene);
}

static void stores(void **state)
{
	static const char *const kinds[] = { "memfd", "pfnmap", "pfnmap" };
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE),
					  BIT(BUFFERED) };
	static const char *const calls[] = {
		/* Whole pages. */
		"open 1, stat_fd 1, stat_direct 1, read_text 1, allocate 1, "
	     "write_back 1, madvise 1, fadvise 3, cachestat 3, ring_create 1, "
	     "ring_submit 16, read 16, pid 1, limit 1, hold 1",
		"open 1, stat_fd 1, stat_direct 1, read_text 3, allocate 1, "
	     "write_back 1, map 1, madvise 2, pagemap 1, fadvise 3, "
	     "cachestat 3, sync 2, ring_create 1, ring_register 1, "
	     "ring_submit 16, read 16, pid 1, limit 2, hold 1",
		/* Each chunk is sent on its way; once in a while, waited for. */
		"stat_fd 1, read_text 1, write_at 16, allocate 1, "
	     "write_back 17, fadvise 2, cachestat 2, sync 2, pid 1, limit 1, "
	     "hold 1",
		/* And ends that are none go through the page cache. */
		"open 1, stat_fd 1, stat_direct 1, read_text 1, write_at 2, "
	     "allocate 1, write_back 4, madvise 1, fadvise 5, cachestat 3, "
	     "ring_create 1, ring_submit 16, read 16, pid 1, limit 1, hold 1",
		"open 1, stat_fd 1, stat_direct 1, read_text 3, write_at 2, "
	     "allocate 1, write_back 4, map 1, madvise 2, pagemap 1, "
	     "fadvise 5, cachestat 3, sync 2, ring_create 1, ring_register 1, "
	     "ring_submit 16, read 16, pid 1, limit 2, hold 1",
		"stat_fd 1, read_text 1, write_at 16, allocate 1, "
	     "write_back 17, fadvise 2, cachestat 2, sync 2, pid 1, limit 1, "
	     "hold 1",
	};
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		fake_reset();
		scene_make_empty(&scene, 0, 0);
		scene_add_file(&scene, 100, 0);
		scene_add_buffer(&scene, kinds[i % 3], SIZE);
		scene.options.paths = paths[i % 3];
		range = i < 3 ? scene_range(&scene, 0, 0, 0, 0, SIZE) :
			scene_range(&scene, 0, 100, 0, 100, SIZE - 200);
		fake_count_anew();
		stored_all(&scene, &range, 1);
		expect(calls[i]);
		stored_finish();
		scene_drop(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(many_ranges),
		SCENE_TEST(priorities),
		SCENE_TEST(streams),
		SCENE_TEST(stores),
	};

	return cmocka_run_group_tests_name("counts_ranges", tests, NULL, NULL);
}
