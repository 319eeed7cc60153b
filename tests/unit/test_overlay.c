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
static struct dmaload_range make(struct crowd *crowd, const char *kind,
				 unsigned first, unsigned count)
{
	crowd_make(crowd, CHUNK, 4);
	crowd_add_file(crowd, SIZE, 0);
	crowd->nodes[0]->overlay = true;
	stored_renew(crowd, 0, SIZE, 0);
	crowd_add_buffer(crowd, kind, SIZE);
	fake_cache(crowd->nodes[0], first * CHUNK, count * CHUNK);
	return crowd_range(crowd, 0, 0, 0, 0, SIZE);
}

static void drop(struct crowd *crowd)
{
	stored_finish();
	crowd_drop(crowd);
	fake_check_balanced();
	fake_reset();
}

/* Exactly these chunks are still there. */
static void check_cached(const struct crowd *crowd, unsigned first,
			 unsigned count)
{
	unsigned i;

	for (i = 0; i < SIZE / CHUNK; i++)
		assert_int_equal(fake_cached(crowd->nodes[0], i * CHUNK),
				 i >= first && i < first + count);
}

static void load(struct crowd *crowd, struct dmaload_range *range)
{
	int r;

	crowd_prepare(crowd);
	r = dmaload_load(crowd->ctx, range, 1, &crowd->options, &crowd->report,
			 &crowd->err);
	if (r < 0)
		fail_msg("%s", crowd->err.message);
}

static void what_is_resident_is_known_and_stays(void **state)
{
	static const uint32_t paths[] = { BIT(DIRECT), BIT(BOUNCE),
					  BIT(BUFFERED) };
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++) {
		range = make(&crowd, "memfd", 20, 5);
		crowd.options.paths = paths[i / 2];
		crowd.options.cache = i % 2 ? DMALOAD_CACHE_BYPASS :
					      DMALOAD_CACHE_AUTO;
		load(&crowd, &range);
		assert_int_equal(crowd.report.cache_before_bytes, 5 * CHUNK);
		assert_int_equal(crowd.report.cache_residue_bytes, 0);
		assert_int_equal(crowd.report.bytes_cached,
				 i % 2 ? 0 : 5 * CHUNK);
		check_cached(&crowd, 20, 5);
		drop(&crowd);
	}
}

static void what_is_kept_is_counted(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	uint64_t bytes;

	(void)state;
	range = make(&crowd, "memfd", 0, 0);
	crowd.options.cache = DMALOAD_CACHE_KEEP;
	load(&crowd, &range);
	assert_int_equal(crowd.report.cache_residue_bytes, SIZE);
	assert_int_equal(dmaload_file_resident(crowd.files[0], 0, SIZE, &bytes,
					       &crowd.err), 0);
	assert_int_equal(bytes, SIZE);
	drop(&crowd);
}

/* Below, O_DIRECT is accepted and reads through the page cache. */
static void a_silent_fallback_below_is_found_out(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		range = make(&crowd, i % 2 ? "memfd" : "pfnmap", 0, 0);
		crowd.nodes[0]->silently_buffered = true;
		crowd.nodes[0]->unmarked = i / 2;
		load(&crowd, &range);
		assert_true(crowd.report.bytes_buffered > SIZE / 2);
		assert_int_equal(crowd.report.cache_residue_bytes, 0);
		check_cached(&crowd, 0, 0);
		drop(&crowd);
	}
}

/* Nothing is dirty when a direct write begins, nor when the store has ended. */
static void stores_are_written_back(void **state)
{
	struct dmaload_range ranges[8];
	struct crowd crowd;
	unsigned round, i;

	(void)state;
	for (round = 0; round < 100; round++) {
		make(&crowd, round % 2 ? "memfd" : "pfnmap", 0, 0);
		fake.order = (enum fake_order)(round % 3);
		fake.seed = round + 1;
		fake.in_order = true;
		if (round % 5 == 4)
			crowd.options.paths = BIT(BUFFERED);
		for (i = 0; i < 8; i++) {
			ranges[i] = crowd_range(&crowd, 0, i * 60000 +
						crowd_below(9000), 0, i * 60000 +
						crowd_below(9000),
						1 + crowd_below(50000));
			ranges[i].priority = (uint32_t)crowd_below(3);
		}
		stored_all(&crowd, ranges, 8);
		drop(&crowd);
	}
}

/* The kernel's word that a page was not thrown out is heard. */
static void collisions_are_heard(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	range = make(&crowd, "memfd", 0, 0);
	crowd.nodes[0]->collisions = 1;
	crowd.nodes[0]->stale_at = 10 * PAGE;
	crowd.nodes[0]->stale = 3;
	stored_all(&crowd, &range, 1);
	assert_int_equal(crowd.nodes[0]->stale, 0);
	drop(&crowd);
}

/* Pages of tmpfs are the file: nobody waits until they can be dropped. */
static void memory_below_is_not_waited_for(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;
	unsigned i, naps;

	(void)state;
	for (i = 0; i < 2; i++) {
		make(&crowd, "memfd", 0, 0);
		crowd.nodes[0]->overlay = i == 1;
		crowd.nodes[0]->memory = true;
		stored_renew(&crowd, 0, SIZE, 0);
		range = crowd_range(&crowd, 0, 100, 0, 0, 100);
		naps = fake_count(FAKE_NAP);
		assert_int_equal(stored_store(&crowd, &range, 1), 0);
		assert_int_equal(crowd.report.cache_residue_bytes, PAGE);
		assert_int_equal(fake_count(FAKE_NAP), naps);
		drop(&crowd);
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
