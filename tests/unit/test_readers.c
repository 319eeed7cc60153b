/* SPDX-License-Identifier: MIT */
/* Others read the file: they are not taken for a file system that reads through the page
 * cache, and their pages are left to them. And such a file system is found out. */
#include <errno.h>
#include <fcntl.h>

#include "scene.h"

#define PAGE FAKE_PAGE
#define CHUNK 8192u
#define SIZE (200 * CHUNK)
#define BIT(path) DMALOAD_ALLOW_ ## path

static const uint32_t paths[] = { BIT(BOUNCE) | BIT(BUFFERED),
				  BIT(DIRECT) | BIT(BUFFERED) };

static void make(struct scene *scene, unsigned which)
{
	scene_make(scene, &(struct scene_setup){
		.file_size = SIZE, .buffer_size = SIZE, .pfnmap = which == 0,
		.source = which == 0 ? "system" : "memfd" });
	scene->options.paths = paths[which];
	scene->options.cache = DMALOAD_CACHE_BYPASS;
}

static void load(struct scene *scene)
{
	if (scene_load(scene) != 0)
		fail_msg("%s", scene->err.message);
	scene_check_bytes(scene);
	scene_check_report(scene);
}

static uint64_t cached(const struct scene *scene)
{
	uint64_t at, bytes = 0;

	for (at = 0; at < scene->node->size; at += PAGE)
		bytes += fake_cached(scene->node, at) ? PAGE : 0;
	return bytes;
}

/* Whatever their step, in step with the load or far ahead. */
static void a_reader_beside_the_load(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 2 * 40; i++) {
		make(&scene, i % 2);
		fake.order = (enum fake_order)(i % 3);
		scene.node->st.dio_known = i % 4 < 2;
		scene.node->no_extents = i % 8 < 4;
		scene.node->other_step = CHUNK * (1 + i / 8);
		scene.node->other_at = i % 5 * CHUNK;
		load(&scene);
		assert_int_equal(scene.report.bytes_buffered, 0);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		scene_check_reason(&scene, i % 2 ? DMALOAD_PATH_DIRECT :
				   DMALOAD_PATH_BOUNCE, NULL);
		assert_true(cached(&scene) >= SIZE / 2);
		scene_drop(&scene);
		fake_reset();
	}
}

/* All that is left of the file is in the page cache: nothing can be tried, and so
 * nothing is concluded. */
static void all_is_read_at_once(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		make(&scene, i % 2);
		scene.node->st.dio_known = i < 2;
		scene.node->no_extents = i >= 2;
		scene.node->other_step = SIZE;
		load(&scene);
		assert_int_equal(scene.report.bytes_buffered, 0);
		assert_int_equal(cached(&scene), SIZE);
		/* The reader is known only where the file system says so; and
		 * pages that were there when the load came to them were not the
		 * load's. */
		assert_int_equal(scene.report.cache_residue_bytes,
				 i < 2 ? 0 : 16 * CHUNK);
		scene_drop(&scene);
		fake_reset();
	}
}

/* Pages that were read before stay; so do those behind them, and those of
 * others. */
static void pages_of_others_stay_on_the_buffered_path(void **state)
{
	struct scene scene;
	uint64_t at;

	(void)state;
	make(&scene, 0);
	scene.options.paths = BIT(BUFFERED);
	scene_set_range(&scene, 10 * CHUNK, 0, 50 * CHUNK);
	fake_cache(scene.node, 20 * CHUNK, 5 * CHUNK);
	fake_cache(scene.node, 0, 10 * CHUNK);
	fake_cache(scene.node, 60 * CHUNK, 100 * CHUNK);
	load(&scene);
	for (at = 0; at < SIZE; at += CHUNK)
		assert_int_equal(fake_cached(scene.node, at),
				 at < 10 * CHUNK ||
				 (at >= 20 * CHUNK && at < 25 * CHUNK) ||
				 (at >= 60 * CHUNK && at < 160 * CHUNK));
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	assert_int_equal(scene.report.cache_before_bytes, 5 * CHUNK);
	scene_drop(&scene);
}

/* A description that the caller shares keeps its readahead. */
static void readahead_of_a_shared_description(void **state)
{
	struct dmaload_file *file;
	struct scene scene;
	int fd;

	(void)state;
	make(&scene, 0);
	fake.no_proc = true;
	fd = fake_open(scene.node, O_RDONLY);
	assert_int_equal(dmaload_file_from_fd(&file, fd, NULL), 0);
	scene.range.file = file;
	scene.options.paths = BIT(BUFFERED);
	scene_set_range(&scene, 10 * CHUNK, 0, 50 * CHUNK);
	fake_cache(scene.node, 62 * CHUNK, CHUNK);
	load(&scene);
	assert_int_equal(cached(&scene), CHUNK);
	assert_true(fake_cached(scene.node, 62 * CHUNK));
	dmaload_file_close(file);
	fake_close(fd);
	scene_drop(&scene);
}

/* By its extents, or by blocks that are tried; beside a reader, too. */
static void a_file_system_that_buffers_is_found_out(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 2 * 3 * 4; i++) {
		make(&scene, i % 2);
		scene.node->silently_buffered = true;
		scene.node->unmarked = i / 2 % 3 == 1;
		scene.node->no_extents = i / 2 % 3 == 2;
		scene.node->other_step = i / 6 % 2 ? CHUNK / 2 : 0;
		scene.node->other_at = 150 * CHUNK;
		load(&scene);
		assert_true(scene.report.bytes_buffered > SIZE / 2);
		scene_check_reason(&scene, i % 2 ? DMALOAD_PATH_DIRECT :
				   DMALOAD_PATH_BOUNCE, "page cache");
		assert_int_equal(scene.report.cache_residue_bytes, 0);
		if (scene.node->other_step == 0)
			assert_int_equal(cached(&scene), 0);
		scene_drop(&scene);
		fake_reset();
	}
}

/* A part of each chunk is compressed: that is dropped, and the rest goes on. */
static void parts_that_are_buffered_are_dropped(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, 0);
	scene_set_range(&scene, 0, 0, CHUNK);
	scene.node->silently_buffered = true;
	scene.node->buffered_from = PAGE;
	scene.options.paths = BIT(BOUNCE);
	load(&scene);
	assert_int_equal(scene.report.bytes_bounced, CHUNK);
	assert_int_equal(cached(&scene), 0);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

/* Nothing but that block can be tried. */
static void a_file_of_one_block(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .file_size = 512 });
	scene.node->silently_buffered = scene.node->unmarked = true;
	scene.options.paths = BIT(DIRECT) | BIT(BUFFERED);
	load(&scene);
	assert_int_equal(scene.report.cache_residue_bytes, PAGE);
	scene_drop(&scene);
}

static void calls_that_fail(void **state)
{
	static const enum fake_call calls[] = {
		FAKE_CACHESTAT, FAKE_EXTENTS, FAKE_READ_AT, FAKE_MAP,
		FAKE_MADVISE, FAKE_FADVISE,
	};
	struct scene scene;
	unsigned i, n;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (n = 1; n < 8; n++) {
			make(&scene, n % 2);
			scene.node->silently_buffered = true;
			scene.node->unmarked = true;
			fake_fail_calls(calls[i], fake_count(calls[i]) + n, 1,
					-EIO);
			load(&scene);
			fake_fail_nothing();
			scene_drop(&scene);
			fake_reset();
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_reader_beside_the_load),
		SCENE_TEST(all_is_read_at_once),
		SCENE_TEST(pages_of_others_stay_on_the_buffered_path),
		SCENE_TEST(readahead_of_a_shared_description),
		SCENE_TEST(a_file_system_that_buffers_is_found_out),
		SCENE_TEST(parts_that_are_buffered_are_dropped),
		SCENE_TEST(a_file_of_one_block),
		SCENE_TEST(calls_that_fail),
	};

	return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
