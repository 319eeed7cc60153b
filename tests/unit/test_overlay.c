/* SPDX-License-Identifier: MIT */
/* On overlayfs the pages are those of a file of the file system below. Calls
 * that ask the fd's own inode find none: cachestat(2) says 0, and
 * sync_file_range(2) does nothing, both without an error. */
#include <errno.h>

#include "stored.h"

#define PAGE FAKE_PAGE
#define CHUNK 8192u
#define SIZE (64 * CHUNK)
#define BIT(path) DMALOAD_ALLOW_ ## path

/* A file of an overlay, of which these chunks are in the page cache. */
static struct dmaload_range make(struct scene *scene, const char *kind,
				 unsigned first, unsigned count)
{
	scene_make_empty(scene, CHUNK, 4);
	scene_add_file(scene, SIZE, 0);
	scene->nodes[0]->overlay = true;
	stored_renew(scene, 0, SIZE, 0);
	scene_add_buffer(scene, kind, SIZE);
	fake_cache(scene->nodes[0], first * CHUNK, count * CHUNK);
	return scene_range(scene, 0, 0, 0, 0, SIZE);
}

static void drop(struct scene *scene)
{
	stored_finish();
	scene_drop(scene);
	fake_check_balanced();
	fake_reset();
}

/* Exactly these chunks are still there. */
static void check_cached(const struct scene *scene, unsigned first,
			 unsigned count)
{
	unsigned i;

	for (i = 0; i < SIZE / CHUNK; i++)
		assert_int_equal(fake_cached(scene->nodes[0], i * CHUNK),
				 i >= first && i < first + count);
}

static void load(struct scene *scene, struct dmaload_range *range)
{
	int r;

	scene_prepare(scene);
	r = dmaload_load(scene->ctx, range, 1, &scene->options, &scene->report,
			 &scene->err);
	if (r < 0)
		fail_msg("%s", scene->err.message);
}

static void what_is_resident_is_known_and_stays(void **state)
{
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE),
					  BIT(BUFFERED) };
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		range = make(&scene, "memfd", 20, 5);
		scene.options.paths = paths[i / 2];
		scene.options.cache = i % 2 ? DMALOAD_CACHE_BYPASS :
					      DMALOAD_CACHE_AUTO;
		load(&scene, &range);
		assert_int_equal(scene.report.cache_before_bytes, 5 * CHUNK);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		assert_int_equal(scene.report.bytes_cached,
				 i % 2 ? 0 : 5 * CHUNK);
		check_cached(&scene, 20, 5);
		drop(&scene);
	}
}

static void what_is_kept_is_counted(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	uint64_t bytes;

	(void)state;
	range = make(&scene, "memfd", 0, 0);
	scene.options.cache = DMALOAD_CACHE_KEEP;
	load(&scene, &range);
	assert_int_equal(scene.report.cache_residue_bytes, SIZE);
	assert_int_equal(dmaload_file_resident(scene.files[0], 0, SIZE, &bytes,
					       &scene.err), 0);
	assert_int_equal(bytes, SIZE);
	drop(&scene);
}

/* Below, O_DIRECT is accepted and reads through the page cache. */
static void a_silent_fallback_below_is_found_out(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		range = make(&scene, i % 2 ? "memfd" : "pfnmap", 0, 0);
		scene.nodes[0]->silently_buffered = true;
		scene.nodes[0]->unmarked = i / 2;
		load(&scene, &range);
		assert_true(scene.report.bytes_buffered > SIZE / 2);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		check_cached(&scene, 0, 0);
		drop(&scene);
	}
}

/* Nothing is dirty when a direct write begins, nor when the store has ended. */
static void stores_are_written_back(void **state)
{
	struct dmaload_range ranges[8];
	struct scene scene;
	unsigned round, i;

	(void)state;
	for (round = 0; round < 100; round++) {
		make(&scene, round % 2 ? "memfd" : "pfnmap", 0, 0);
		fake.order = (enum fake_order)(round % 3);
		fake.seed = round + 1;
		fake.in_order = true;
		if (round % 5 == 4)
			scene.options.paths = BIT(BUFFERED);
		for (i = 0; i < 8; i++) {
			ranges[i] = scene_range(&scene, 0, i * 60000 +
						random_below(9000), 0, i * 60000 +
						random_below(9000),
						1 + random_below(50000));
			ranges[i].priority = (uint32_t)random_below(3);
		}
		stored_all(&scene, ranges, 8);
		drop(&scene);
	}
}

/* The kernel's word that a page was not thrown out is heard. */
static void collisions_are_heard(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	range = make(&scene, "memfd", 0, 0);
	scene.nodes[0]->collisions = 1;
	scene.nodes[0]->stale_at = 10 * PAGE;
	scene.nodes[0]->stale = 3;
	stored_all(&scene, &range, 1);
	assert_int_equal(scene.nodes[0]->stale, 0);
	drop(&scene);
}

/* Pages of tmpfs are the file: nobody waits until they can be dropped. */
static void memory_below_is_not_waited_for(void **state)
{
	struct dmaload_range range;
	struct scene scene;
	unsigned i, naps;

	(void)state;
	for (i = 0; i < 2; i++) {
		make(&scene, "memfd", 0, 0);
		scene.nodes[0]->overlay = i == 1;
		scene.nodes[0]->memory = true;
		stored_renew(&scene, 0, SIZE, 0);
		range = scene_range(&scene, 0, 100, 0, 0, 100);
		naps = fake_count(FAKE_NAP);
		assert_int_equal(stored_store(&scene, &range, 1), 0);
		assert_int_equal(scene.report.cache_residue_bytes, PAGE);
		assert_int_equal(fake_count(FAKE_NAP), naps);
		drop(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(what_is_resident_is_known_and_stays),
		SCENE_TEST(what_is_kept_is_counted),
		SCENE_TEST(a_silent_fallback_below_is_found_out),
		SCENE_TEST(stores_are_written_back),
		SCENE_TEST(collisions_are_heard),
		SCENE_TEST(memory_below_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
