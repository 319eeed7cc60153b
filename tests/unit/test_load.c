/* SPDX-License-Identifier: MIT */
/* Each path from end to end, where nothing goes wrong. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "scene.h"

static const uint64_t file_offsets[] = { 0, 1, 511, 512, 4096, 5000, 99000 };
static const uint64_t buffer_offsets[] = { 0, 1, 512, 4096, 5000 };
static const uint64_t lengths[] = { 1, 500, 512, 1500, 8192, 40961,
				    DMALOAD_TO_END };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Completions in another order for each, and some submissions in parts. */
static void shuffle(unsigned i)
{
	fake.order = (enum fake_order)(i % 3);
	fake.seed = i + 1;
	fake.batch = 1 + i % 4;
	fake.submit_most = i % 5 == 4 ? 2 : 0;
}

/* Load a range. This must succeed. */
static void load_range(struct scene *scene, uint64_t file_offset,
		       uint64_t buffer_offset, uint64_t length)
{
	scene_set_range(scene, file_offset, buffer_offset, length);
	assert_int_equal(scene_load(scene), 0);
	scene_check_bytes(scene);
}

/* After many loads, bounce would be tried on a buffer. */
static void load_row(const struct scene_setup *setup, uint64_t file_offset,
		     uint64_t buffer_offset, unsigned *n,
		     void (*check)(const struct scene *))
{
	struct scene scene;
	size_t l;

	scene_make(&scene, setup);
	for (l = 0; l < COUNT(lengths); l++) {
		scene_set_range(&scene, file_offset, buffer_offset, lengths[l]);
		if (file_offset + scene_length(&scene) > scene.node->size)
			continue;
		shuffle((*n)++);
		if (scene_load(&scene) != 0)
			fail_msg("%s", scene.err.message);
		assert_int_equal(scene.err.code, 0);
		scene_check_bytes(&scene);
		scene_check_report(&scene);
		check(&scene);
		fake_check_quiet();
	}
	scene_drop(&scene);
}

static void load_grid(const struct scene_setup *setup,
		      void (*check)(const struct scene *))
{
	unsigned n = 0;
	size_t f, b;

	for (f = 0; f < COUNT(file_offsets); f++)
		for (b = 0; b < COUNT(buffer_offsets); b++)
			load_row(setup, file_offsets[f], buffer_offsets[b], &n,
				 check);
}

static void check_direct(const struct scene *scene)
{
	const struct dmaload_report *report = &scene->report;
	const uint64_t block = scene->node->block;
	const struct dmaload_range *range = &scene->range;

	assert_int_equal(report->bytes_buffered, 0);
	if ((range->file_offset - range->buffer_offset) % block == 0) {
		assert_true(report->bytes_bounced <= 2 * block);
		assert_string_equal(report->declined[DMALOAD_PATH_DIRECT], "");
	} else if (scene_length(scene) >= 2 * block) {
		assert_int_equal(report->bytes_direct, 0);
		check_says(report->declined[DMALOAD_PATH_DIRECT], "multiples");
	}
	assert_int_equal(report->cache_residue_bytes, 0);
	assert_true(report->pinned_bytes > 0);
}

static void check_bounce(const struct scene *scene)
{
	const struct dmaload_report *report = &scene->report;

	assert_int_equal(report->bytes_bounced, scene_length(scene));
	assert_true(report->declined[DMALOAD_PATH_DIRECT][0]);
	assert_string_equal(report->declined[DMALOAD_PATH_BOUNCE], "");
	/* A single read needs no ring. */
	assert_int_equal(report->pool_registered,
			 report->engine != DMALOAD_ENGINE_AUTO);
	assert_int_equal(report->cache_residue_bytes, 0);
}

static void check_buffered(const struct scene *scene)
{
	const struct dmaload_report *report = &scene->report;
	uint64_t i;

	assert_int_equal(report->bytes_buffered, scene_length(scene));
	check_says(report->declined[DMALOAD_PATH_DIRECT], "EINVAL");
	check_says(report->declined[DMALOAD_PATH_BOUNCE], SCENE_FILE);
	assert_int_equal(report->cache_residue_bytes, 0);
	for (i = 0; i < scene->node->cached_pages; i++)
		assert_false(scene->node->resident[i]);
	assert_int_equal(report->pinned_bytes, 0);
}

static void direct_loads_any_range(void **state)
{
	(void)state;
	load_grid(&(struct scene_setup){ .source = "memfd" }, check_direct);
	load_grid(&(struct scene_setup){ .source = "foreign", .block = 4096,
					 .depth = 7 }, check_direct);
	load_grid(&(struct scene_setup){ .chunk = 4096, .depth = 1 },
		  check_direct);
}

static void bounce_loads_any_range(void **state)
{
	(void)state;
	load_grid(&(struct scene_setup){ .pfnmap = true }, check_bounce);
	load_grid(&(struct scene_setup){ .pfnmap = true, .block = 4096,
					 .depth = 1 }, check_bounce);
	load_grid(&(struct scene_setup){ .pfnmap = true, .source = "foreign",
					 .chunk = 4096, .depth = 64 },
		  check_bounce);
}

/* Two blocks are touched and neither is wanted: one slot has room for one. */
static void edges_fit_their_slot(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .block = 4096, .depth = 1 });
	load_range(&scene, 3000, 3000, 2000);
	scene_drop(&scene);
}

/* Memory aligned to a page, the file only to 512: as UFS disks may ask. */
static void memory_alignment_beyond_the_block(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	scene.node->mem_align = scene.node->st.dio_mem_align = 4096;
	load_range(&scene, 512, 0, 8192 + 4096);
	fake_fail_calls(FAKE_READ, 2, 1, 4096);
	load_range(&scene, 0, 100, 50000);
	scene_drop(&scene);
}

static void memory_alignment_beyond_the_chunk(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .chunk = 4096 });
	scene.node->mem_align = scene.node->st.dio_mem_align = 16384;
	load_range(&scene, 0, 0, 70000);
	scene_check_report(&scene);
	scene_drop(&scene);
}

/* The file refuses O_DIRECT, and its page cache is as it was, page by page. */
static void buffered_loads_any_range(void **state)
{
	struct scene scene;
	unsigned i = 0;
	size_t f, l;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .pfnmap = true });
	scene.node->direct_error = -EINVAL;
	for (f = 0; f < COUNT(file_offsets); f++)
		for (l = 0; l < COUNT(lengths); l++) {
			scene_set_range(&scene, file_offsets[f],
					buffer_offsets[i++ % 5], lengths[l]);
			if (file_offsets[f] + scene_length(&scene) >
			    scene.node->size)
				continue;
			fake.read_most = i % 2 ? 3000 : 0;
			assert_int_equal(scene_load(&scene), 0);
			scene_check_bytes(&scene);
			scene_check_report(&scene);
			check_buffered(&scene);
		}
	scene_drop(&scene);
}

static void fds_and_block_devices(void **state)
{
	struct scene scene;
	int fd, round;

	(void)state;
	for (round = 0; round < 4; round++) {
		scene_make(&scene, &(struct scene_setup){ 0 });
		if (round & 1)
			scene.node->st.mode = S_IFBLK | 0660;
		dmaload_file_close(scene.file);
		fd = fake_open(scene.node, O_RDONLY);
		fake.no_proc = round & 2;
		assert_int_equal(dmaload_file_from_fd(&scene.file, fd, NULL),
				 0);
		load_range(&scene, 700, 300, DMALOAD_TO_END);
		assert_int_equal(scene.report.bytes_buffered,
				 round & 2 ? 99300 : 0);
		scene_drop(&scene);
		fake_close(fd);
		fake_reset();
	}
}

static void one_bracket_a_load(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	fake_fail_calls(FAKE_SYNC, 1, 2, -EINTR);
	fake_fail_calls(FAKE_SYNC, 4, 2, -EAGAIN);
	assert_int_equal(scene_load(&scene), 0);
	assert_int_equal(scene.memory->brackets, 1);
	assert_int_equal(fake_count(FAKE_SYNC), 6);
	assert_true(scene.report.sync_ns >= 6000);
	scene_drop(&scene);

	fake_reset();
	scene_make(&scene, &(struct scene_setup){ .source = "memfd" });
	assert_int_equal(scene_load(&scene), 0);
	assert_int_equal(fake_count(FAKE_SYNC), 0);
	scene_drop(&scene);
}

struct seen {
	unsigned calls;
	uint64_t done;
	/* Calls that name this path. */
	uint32_t path;
	unsigned on_path;
};

static int watch(const struct dmaload_progress *progress, void *data)
{
	struct seen *seen = data;

	assert_true(progress->bytes_done >= seen->done &&
		    progress->bytes_done <= progress->bytes_total);
	assert_true(progress->bytes_prefix <= progress->bytes_done);
	assert_int_equal(progress->bytes_total, 100000);
	assert_int_equal(progress->reserved, 0);
	seen->done = progress->bytes_done;
	seen->on_path += seen->done > 0 && progress->path == seen->path;
	seen->calls++;
	return 0;
}

static void progress_is_told(void **state)
{
	struct seen seen;
	struct scene scene;
	int path;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ 0 });
	for (path = 0; path < 3; path++) {
		seen = (struct seen){ .path = (uint32_t)path };
		scene.options.paths = 1u << path;
		scene.options.progress = watch;
		scene.options.progress_data = &seen;
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		assert_int_equal(dmaload_report_path(&scene.report), path);
		assert_int_equal(seen.done, 100000);
		assert_true(seen.calls >= 100000 / 8192);
		/* The direct path copies the last block, which is not whole. */
		assert_true(seen.on_path >= 100000 / 8192 - 2);
	}
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(direct_loads_any_range),
		SCENE_TEST(bounce_loads_any_range),
		SCENE_TEST(edges_fit_their_slot),
		SCENE_TEST(memory_alignment_beyond_the_block),
		SCENE_TEST(memory_alignment_beyond_the_chunk),
		SCENE_TEST(buffered_loads_any_range),
		SCENE_TEST(fds_and_block_devices),
		SCENE_TEST(one_bracket_a_load),
		SCENE_TEST(progress_is_told),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
