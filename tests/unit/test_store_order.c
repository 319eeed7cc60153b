/* SPDX-License-Identifier: MIT */
/* Direct and buffered writes of a file exclude each other: the model ends the
 * test if they do not. Others read the file meanwhile. */
#include <errno.h>
#include <string.h>

#include "rows.h"
#include "stored.h"

#define SIZE 300000u

/* Ends anywhere, several priorities, several files and buffers. */
static void ends_wait_for_direct_writes(void **state)
{
	struct dmaload_range ranges[24];
	struct scene scene;
	unsigned round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		scene_make_empty(&scene, 0, 0);
		fake.order = (enum fake_order)(round % 3);
		fake.seed = round + 1;
		fake.in_order = true;
		fake.batch = 1 + round % 4;
		for (i = 0; i < 2; i++) {
			scene_add_file(&scene, round % 2 ? SIZE : 100, 0);
			if (round % 5 == 4)
				scene.nodes[i]->st.block_size = 16384;
		}
		scene_add_buffer(&scene, "memfd", SIZE);
		scene_add_buffer(&scene, "pfnmap", SIZE);
		for (i = 0; i < 24; i++) {
			ranges[i] = scene_range(&scene, i % 2, i / 2 * 24000 +
						random_below(9000), i % 2 ^ round % 2,
						i / 2 * 24000 +
						random_below(9000),
						1 + random_below(15000));
			ranges[i].priority = (uint32_t)random_below(3);
		}
		stored_all(&scene, ranges, 24);
		stored_drop(&scene);
	}
}

/* Direct writes are refused when an end of the next priority waits already. */
static void refused_when_the_next_priority_has_begun(void **state)
{
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		scene_make_empty(&scene, 16384, 3);
		fake.order = (enum fake_order)(i % 3);
		scene_add_file(&scene, SIZE, 0);
		scene_add_file(&scene, SIZE, 0);
		scene_add_buffer(&scene, "memfd", SIZE);
		ranges[0] = scene_range(&scene, i / 6, 98304, 0, 0, 20480);
		ranges[1] = scene_range(&scene, 0, 12286, 0, 20480, 2);
		ranges[1].priority = 1;
		fake_fail_calls(FAKE_READ, 1, 1 + i % 4, -EINVAL);
		stored_all(&scene, ranges, 2);
		stored_drop(&scene);
	}
}

/* Blocks of the file system that are larger than a page are not divided. */
static void blocks_larger_than_a_page(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	scene_make_empty(&scene, 65536, 2);
	scene_add_file(&scene, SIZE, 0);
	dmaload_file_close(scene.files[0]);
	scene.nodes[0]->st.block_size = 16384;
	assert_int_equal(dmaload_file_create(&scene.files[0],
					     scene.nodes[0]->path, 0, NULL), 0);
	scene_add_buffer(&scene, "memfd", SIZE);
	range = scene_range(&scene, 0, 16384 - 4096, 0, 16384 - 4096, 49152);
	stored_all(&scene, &range, 1);
	assert_int_equal(scene.report.bytes_direct, 32768);
	assert_int_equal(scene.report.bytes_buffered, 16384);
	stored_drop(&scene);
}

/* One route falls back to the page cache, and another of the same file does not. */
static void both_ways_to_one_file(void **state)
{
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		scene_make_empty(&scene, 0, 0);
		fake.order = (enum fake_order)(i % 3);
		fake.in_order = true;
		scene_add_file(&scene, SIZE, 0);
		scene_add_buffer(&scene, "memfd", SIZE);
		scene_add_buffer(&scene, "pfnmap", SIZE);
		scene.options.paths = DMALOAD_ALLOW_DIRECT |
				      DMALOAD_ALLOW_BUFFERED;
		ranges[0] = scene_range(&scene, 0, 0, i % 2, 0, 120001);
		ranges[1] = scene_range(&scene, 0, 150000, !(i % 2), 150000,
					100000);
		stored_all(&scene, ranges, 2);
		assert_true(scene.report.bytes_direct > 50000);
		assert_true(scene.report.bytes_buffered > 50000);
		stored_drop(&scene);
	}
}

static void make_one(struct scene *scene, const char *source,
		     struct dmaload_range *range)
{
	scene_make_empty(scene, 0, 0);
	scene_add_file(scene, SIZE, 0);
	scene_add_buffer(scene, source, SIZE);
	*range = scene_range(scene, 0, 700, 0, 700, 100000);
}

/* The kernel returns EIO after others have read a page meanwhile: is it the
 * disk's, or not? */
static const struct collision {
	const char *name;
	unsigned collisions, flags;
	/* A page of old bytes, which stays in the page cache so many times. */
	uint64_t stale_at;
	unsigned stale;
	int code;
} collisions[] = {
	{ "one collision", 1, 0, 50000, 0, 0 },
	{ "one collision, durable", 1, DMALOAD_DURABLE, 54096, 1, 0 },
	{ "two collisions", 2, 0, 58192, 2, 0 },
	{ "two collisions, durable", 2, DMALOAD_DURABLE, 62288, 3, 0 },
	{ "three collisions", 3, 0, 66384, 4, 0 },
	{ "three collisions, durable", 3, DMALOAD_DURABLE, 70480, 5, 0 },
	{ "old bytes that stay", 1, 0, 60000, FAKE_FOREVER, -EIO },
};

static void collides_from(const struct collision *row, const char *source,
			  uint64_t offset, uint64_t length)
{
	struct dmaload_range range;
	struct scene scene;

	make_one(&scene, source, &range);
	range.file_offset = range.buffer_offset = offset;
	range.length = length;
	scene.options.flags = row->flags;
	scene.nodes[0]->collisions = row->collisions;
	scene.nodes[0]->stale_at = row->stale_at;
	scene.nodes[0]->stale = row->stale;
	if (row->code != 0) {
		stored_fails(&scene, &range, 1, row->code,
			     "the page cache has old bytes");
	} else {
		stored_all(&scene, &range, 1);
		assert_int_equal(scene.nodes[0]->stale, 0);
	}
	stored_drop(&scene);
}

/* The fake kernel lets the CPU read a dma-buf within a bracket only. */
static void collides(void **state)
{
	const struct collision *row = *state;

	collides_from(row, "memfd", 700, 100000);
	collides_from(row, "heap", 700, 100000);
	/* With no edge to write, the check comes last. fsync(2) would get the
	 * second collision, and an error of fsync(2) stays one. */
	if (row->collisions == 1 || !(row->flags & DMALOAD_DURABLE))
		collides_from(row, "heap", FAKE_PAGE, 24 * FAKE_PAGE);
}

static const struct leftover {
	const char *name;
	enum fake_call call;
	unsigned collisions;
} leftovers[] = {
	{ "the next store after failed direct writes", FAKE_READ, 0 },
	{ "the next store after failed writes", FAKE_WRITE_AT, 0 },
	{ "the next store after failed writeback", FAKE_WRITE_BACK, 0 },
	{ "the next store after a failed check", FAKE_READ_AT, 1 },
};

static void next_store_succeeds(void **state)
{
	const struct leftover *row = *state;
	struct dmaload_range range;
	struct scene scene;
	unsigned n;

	for (n = 1; n < 6; n++) {
		make_one(&scene, "memfd", &range);
		scene.nodes[0]->collisions = row->collisions;
		fake_fail_calls(row->call, n, 0, -ENOSPC);
		stored_store(&scene, &range, 1);
		fake_fail_nothing();
		memset(scene.nodes[0]->dirty, 0, scene.nodes[0]->cached_pages);
		stored_all(&scene, &range, 1);
		stored_drop(&scene);
	}
}

/* Two files are the same if their device and inode are, by any name. */
static void the_same_file_twice(void **state)
{
	struct dmaload_range ranges[2];
	struct dmaload_file *again;
	struct scene scene;

	(void)state;
	make_one(&scene, "memfd", &ranges[0]);
	assert_int_equal(dmaload_file_create(&again, scene.nodes[0]->path, 0,
					     NULL), 0);
	ranges[0] = scene_range(&scene, 0, 1000, 0, 0, 1000);
	ranges[1] = scene_range(&scene, 0, 1999, 0, 5000, 1000);
	ranges[1].file = again;
	scene_prepare(&scene);
	scene_check_failure(&scene, dmaload_store(scene.ctx, ranges, 2, NULL,
			    NULL, &scene.err), -EINVAL, "overlap at byte 1999");
	ranges[1].file_offset = 2000;
	scene_fill(&scene);
	scene_prepare(&scene);
	assert_int_equal(dmaload_store(scene.ctx, ranges, 2, NULL, NULL,
				       &scene.err), 0);
	assert_memory_equal(scene.nodes[0]->bytes + 1000, scene.views[0], 1000);
	assert_memory_equal(scene.nodes[0]->bytes + 2000, scene.views[0] + 5000,
			    1000);
	/* Loads may overlap in the file. */
	ranges[1].file_offset = 1999;
	assert_int_equal(dmaload_load(scene.ctx, ranges, 2, NULL, NULL,
				      &scene.err), 0);
	dmaload_file_close(again);
	scene_drop(&scene);
}

static int count_calls(const struct dmaload_progress *progress, void *calls)
{
	uint64_t *n = calls;

	assert_int_equal(progress->bytes_done, ++*n * 100);
	/* The last one is complete when the store ends. */
	assert_int_equal(progress->ranges_done, *n < 5 ? *n : 4);
	return 0;
}

/* Each priority is reported when it is written, even if it has partial blocks
 * only. */
static void partial_blocks_are_reported_one_by_one(void **state)
{
	struct dmaload_range ranges[5];
	uint64_t calls = 0;
	struct scene scene;
	uint32_t i;

	(void)state;
	make_one(&scene, "memfd", &ranges[0]);
	for (i = 0; i < 5; i++) {
		ranges[i] = scene_range(&scene, 0, 50000 * i + 1, 0,
					50000 * i + 1, 100);
		ranges[i].priority = i;
	}
	scene.options.progress = count_calls;
	scene.options.progress_data = &calls;
	stored_all(&scene, ranges, 5);
	assert_int_equal(calls, 5);
	stored_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(ends_wait_for_direct_writes),
		SCENE_TEST(refused_when_the_next_priority_has_begun),
		SCENE_TEST(blocks_larger_than_a_page),
		SCENE_TEST(both_ways_to_one_file),
		SCENE_TEST(the_same_file_twice),
		SCENE_TEST(partial_blocks_are_reported_one_by_one),
	};

	return ROWS_RUN("store_order: collisions", collides, collisions) +
	       ROWS_RUN("store_order: leftovers", next_store_succeeds, leftovers) +
	       cmocka_run_group_tests_name("store_order", tests, NULL, NULL);
}
