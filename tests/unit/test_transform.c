/* SPDX-License-Identifier: MIT */
/* Transforms: the caller gets the bytes of a load. */
#include <errno.h>

#include "taker.h"

static const uint32_t units[] = { 1, 18, 34, 144, 176, 512, 1000, 4096 };

#define UNITS (sizeof(units) / sizeof(units[0]))

/* Ranges that share reads, straddle chunks, and overlap; none has a buffer. */
static void make_ranges(const struct scene *scene, struct dmaload_range *ranges)
{
	static const uint64_t places[][2] = {
		{ 700, 60000 }, { 61000, 100 }, { 61200, 4321 }, { 65521, 1 },
		{ 65522, 30000 }, { 0, 8192 }, { 300, 9000 },
	};
	unsigned i;

	for (i = 0; i < 7; i++)
		ranges[i] = (struct dmaload_range){
			.file = scene->file,
			.file_offset = places[i][0],
			.length = places[i][1],
			.priority = i > 4,
		};
}

static void every_byte_comes_once(void **state)
{
	static struct taker taker;
	struct dmaload_range ranges[7];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 24 * UNITS; i++) {
		scene_make(&scene, &(struct scene_setup){
			.pfnmap = i & 1, .chunk = 16384 });
		make_ranges(&scene, ranges);
		taker = (struct taker){ .ranges = ranges, .unit = units[i / 24],
			.flags = i / 12 & DMALOAD_PIECES_IN_ORDER };
		fake.order = (enum fake_order)(i % 3);
		fake.batch = i % 4;
		scene.options.paths = i % 12 < 4 ? 0 : i % 12 < 8 ?
			DMALOAD_ALLOW_BOUNCE : DMALOAD_ALLOW_BUFFERED;
		/* Resident pages begin and end within units. */
		if (i & 2)
			fake_cache(scene.node, 20480, 36864);
		taker_expect(&taker, &scene, 7);
		if ((scene.report.bytes_cached > 0) != ((i & 2) != 0))
			fail_msg("case %u: %u bytes cached", i,
				 (unsigned)scene.report.bytes_cached);
		assert_int_equal(scene.memory->brackets, 0);
		scene_drop(&scene);
		fake_reset();
	}
}

/* At most a block a chunk is read twice. */
static void little_is_read_twice(void **state)
{
	static struct taker taker;
	struct dmaload_range range;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < UNITS; i++) {
		scene_make(&scene, &(struct scene_setup){ .block = 512 });
		range = (struct dmaload_range){ .file = scene.file, .length = 90000 };
		taker = (struct taker){ .ranges = &range, .unit = units[i] };
		if (units[i] > 1000) {
			scene_drop(&scene);
			fake_reset();
			continue;
		}
		taker_expect(&taker, &scene, 1);
		/* 8192 bytes each, of which a block and a unit may come again. */
		assert_true(scene.report.reads <= 90000 / (8192 - 512 - units[i]) + 1);
		scene_drop(&scene);
		fake_reset();
	}
}

static void the_result_goes_to_the_buffer(void **state)
{
	static struct taker taker;
	struct dmaload_range ranges[2];
	struct scene scene;
	unsigned i;
	uint64_t n;

	(void)state;
	for (i = 0; i < 4; i++) {
		scene_make(&scene, &(struct scene_setup){ .pfnmap = i & 1 });
		ranges[0] = scene_range(&scene, 0, 100, 0, 8, 30000);
		ranges[0].buffer_length = 60000;
		ranges[1] = scene_range(&scene, 0, 50000, 0, 60008, 20000);
		taker = (struct taker){ .ranges = ranges, .unit = 18, .doubles = true };
		scene.options.paths = i & 2 ? DMALOAD_ALLOW_BUFFERED : 0;
		scene_fill(&scene);
		taker_expect(&taker, &scene, 2);
		for (n = 0; n < 60000; n++)
			assert_int_equal(scene.views[0][8 + n],
					 fake_pattern(100 + n / 2));
		for (n = 0; n < 40000; n++)
			assert_int_equal(scene.views[0][60008 + n],
					 fake_pattern(50000 + n / 2));
		assert_int_equal(scene.memory->brackets, 1);
		scene_drop(&scene);
		fake_reset();
	}
}

static void a_path_may_decline_midway(void **state)
{
	static struct taker taker;
	struct dmaload_range ranges[7];
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 42; i++) {
		scene_make(&scene, &(struct scene_setup){ .chunk = 16384 });
		make_ranges(&scene, ranges);
		taker = (struct taker){ .ranges = ranges, .unit = 176,
			.flags = i & DMALOAD_PIECES_IN_ORDER };
		fake.batch = 4;
		fake.order = (enum fake_order)(i / 14);
		fake_fail_calls(FAKE_READ, 1 + i % 14 / 2, 1, -EINVAL);
		taker_expect(&taker, &scene, 7);
		assert_true(scene.report.bytes_buffered > 0);
		scene_drop(&scene);
		fake_reset();
	}
}

static void a_long_unit_needs_a_long_chunk(void **state)
{
	static struct taker taker;
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .block = 8192 });
	taker = (struct taker){ .ranges = &scene.range, .unit = 4096 };
	/* Block and unit exceed a chunk, so only the buffered path is left. */
	taker_expect(&taker, &scene, 1);
	assert_int_equal(scene.report.bytes_buffered, 100000);
	check_says(scene.report.declined[DMALOAD_PATH_BOUNCE], "exceed a chunk");
	taker.unit = 4097;
	scene_check_failure(&scene, taker_load(&taker, &scene, 1), -EINVAL,
			    "longer than half of a chunk");
	scene_drop(&scene);
}

static void streams_come_in_units(void **state)
{
	static const size_t come[] = { 0, 1, 17, 999, 4096 };
	static struct taker taker;
	struct dmaload_range ranges[2];
	struct fake_node *node;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 5 * UNITS; i++) {
		if (units[i / 5] > 2048)
			continue;
		node = scene_make_stream(&scene, 50000);
		node->comes_most = come[i % 5];
		ranges[0] = (struct dmaload_range){ .file = scene.file,
			.file_offset = 100, .length = 20001 };
		ranges[1] = (struct dmaload_range){ .file = scene.file,
			.file_offset = 20201, .length = 29799 };
		taker = (struct taker){ .ranges = ranges, .unit = units[i / 5] };
		taker_expect(&taker, &scene, 2);
		assert_int_equal(scene.report.bytes_streamed, 49800);
		scene_drop(&scene);
		fake_reset();
	}
}

static void a_stream_may_end_within_a_unit(void **state)
{
	static const uint64_t sizes[] = { 1, 17, 18, 4096, 4100, 50000 };
	static struct taker taker;
	struct dmaload_range range;
	struct fake_node *node;
	struct scene scene;
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) {
		node = scene_make_stream(&scene, sizes[i / 2]);
		node->comes_most = i & 1 ? 777 : 0;
		range = (struct dmaload_range){ .file = scene.file,
			.length = DMALOAD_TO_END };
		taker = (struct taker){ .ranges = &range, .unit = 18 };
		taker_expect(&taker, &scene, 1);
		assert_int_equal(scene.report.bytes_total, sizes[i / 2]);
		/* More was promised. */
		scene_drop(&scene);
		fake_reset();
		scene_make_stream(&scene, sizes[i / 2]);
		range = (struct dmaload_range){ .file = scene.file,
			.length = sizes[i / 2] + 5 };
		scene_check_failure(&scene, taker_load(&taker, &scene, 1),
				    -ENODATA, "has ended after");
		scene_drop(&scene);
		fake_reset();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(every_byte_comes_once),
		SCENE_TEST(little_is_read_twice),
		SCENE_TEST(the_result_goes_to_the_buffer),
		SCENE_TEST(a_path_may_decline_midway),
		SCENE_TEST(a_long_unit_needs_a_long_chunk),
		SCENE_TEST(streams_come_in_units),
		SCENE_TEST(a_stream_may_end_within_a_unit),
	};

	return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
