/* SPDX-License-Identifier: MIT */
/* Many ranges may be refused, before anything of them is done. */
#include <errno.h>
#include <string.h>

#include "scene.h"

static void make(struct scene *scene)
{
	scene_make_empty(scene, 0, 0);
	scene_add_file(scene, 100000, 0);
	scene_add_file(scene, 5000, 0);
	scene_add_buffer(scene, "memfd", 64 << 10);
	scene_add_buffer(scene, "read-only", 64 << 10);
	scene_add_buffer(scene, "pfnmap", 4096);
}

/* A refusal touches nothing, and counts nothing. */
static void refused(struct scene *scene, const struct dmaload_range *ranges,
		    size_t count, int code, const char *message)
{
	const unsigned syncs = fake_count(FAKE_SYNC);
	const unsigned looks = fake_count(FAKE_CACHESTAT);

	scene_expect_failure(scene, ranges, count, code, message);
	scene_check_ranges(scene, NULL, 0, false);
	assert_int_equal(scene->report.reads, 0);
	assert_int_equal(scene->report.brackets, 0);
	assert_int_equal(fake_count(FAKE_SYNC), syncs);
	assert_int_equal(fake_count(FAKE_CACHESTAT), looks);
}

/* The last of several ranges is wrong; refused wherever it stands. */
static void one_is_wrong(struct scene *scene, struct dmaload_range wrong,
			 int code, const char *message)
{
	struct dmaload_range ranges[3] = {
		scene_range(scene, 0, 0, 0, 0, 1000),
		scene_range(scene, 1, 0, 0, 2000, 5000),
	};

	ranges[2] = wrong;
	refused(scene, ranges, 3, code, message);
	ranges[2] = ranges[0];
	ranges[0] = wrong;
	refused(scene, ranges, 3, code, message);
}

static void each_range_is_checked(void **state)
{
	struct dmaload_range wrong;
	struct scene scene;

	(void)state;
	make(&scene);
	wrong = scene_range(&scene, 0, 0, 0, 20000, 1000);
	wrong.file = NULL;
	one_is_wrong(&scene, wrong, -EINVAL, "needs a file");
	wrong = scene_range(&scene, 0, 0, 0, 20000, 1000);
	wrong.buffer = NULL;
	one_is_wrong(&scene, wrong, -EINVAL, "needs a file");
	one_is_wrong(&scene, scene_range(&scene, 0, 0, 0, 20000, 0), -EINVAL,
		     "length of at least 1");
	wrong = scene_range(&scene, 0, 0, 0, 20000, 1000);
	wrong.reserved = 1;
	one_is_wrong(&scene, wrong, -EINVAL, "reserved");
	wrong = scene_range(&scene, 0, 0, 0, 20000, 1000);
	wrong.buffer_length = 1000;
	one_is_wrong(&scene, wrong, -EINVAL, "only for a transform that writes");
	one_is_wrong(&scene, scene_range(&scene, 1, 4001, 0, 20000, 1000),
		     -ERANGE, "part-1.bin has 5000 bytes");
	one_is_wrong(&scene, scene_range(&scene, 1, 5000, 0, 20000,
					 DMALOAD_TO_END), -ERANGE,
		     "nothing at offset 5000");
	one_is_wrong(&scene, scene_range(&scene, 0, 0, 2, 0, 4097), -ENOSPC,
		     "system buffer has 4096 bytes");
	one_is_wrong(&scene, scene_range(&scene, 0, 0, 2, 1, DMALOAD_TO_END),
		     -ENOSPC, "do not fit");
	one_is_wrong(&scene, scene_range(&scene, 0, 2, 0, 0, UINT64_MAX - 1),
		     -EOVERFLOW, "exceed 64 bits");
	one_is_wrong(&scene, scene_range(&scene, 0, 0, 0, 2, UINT64_MAX - 1),
		     -EOVERFLOW, "exceed 64 bits");
	one_is_wrong(&scene, scene_range(&scene, 0, 0, 1, 0, 1000), -EROFS,
		     "read-only");
	scene_drop(&scene);
}

static void no_range_at_all(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	make(&scene);
	range = scene_range(&scene, 0, 0, 0, 0, 1000);
	refused(&scene, &range, 0, -EINVAL, "no range");
	refused(&scene, NULL, 1, -EINVAL, "no range");
	scene_drop(&scene);
}

static void overlaps_name_the_byte(void **state)
{
	struct dmaload_range ranges[4];
	struct scene scene;

	(void)state;
	make(&scene);
	ranges[0] = scene_range(&scene, 0, 0, 0, 3000, 1000);
	ranges[1] = scene_range(&scene, 1, 0, 0, 1000, 2001);
	ranges[2] = scene_range(&scene, 0, 0, 2, 0, 4096);
	ranges[3] = scene_range(&scene, 0, 9000, 0, 9000, 1000);
	refused(&scene, ranges, 4, -EINVAL, "overlap at byte 3000 of the memfd");
	/* With different priorities, too. */
	ranges[1].priority = 7;
	refused(&scene, ranges, 4, -EINVAL, "overlap at byte 3000 of the memfd");
	ranges[1].length--;
	scene_expect_load(&scene, ranges, 4);
	/* One inside another, and the same twice. */
	ranges[3] = scene_range(&scene, 0, 0, 2, 4095, 1);
	refused(&scene, ranges, 4, -EINVAL, "overlap at byte 4095 of the system");
	ranges[3] = ranges[0];
	refused(&scene, ranges, 4, -EINVAL, "overlap at byte 3000");
	scene_drop(&scene);
}

/* Comparisons may read the same bytes as often as they like. */
static void comparisons_may_overlap(void **state)
{
	struct dmaload_range ranges[3];
	struct scene scene;

	(void)state;
	make(&scene);
	ranges[0] = scene_range(&scene, 0, 1000, 0, 1000, 20000);
	ranges[1] = scene_range(&scene, 0, 2000, 0, 2000, 30000);
	ranges[2] = ranges[0];
	ranges[2].priority = 1;
	scene_fill(&scene);
	memcpy(scene.views[0], scene.nodes[0]->bytes, 40000);
	scene_prepare(&scene);
	assert_int_equal(dmaload_verify(scene.ctx, ranges, 3, &scene.options,
					&scene.report, &scene.err), 0);
	assert_int_equal(scene.report.bytes_total, 70000);
	scene.views[0][31999] ^= 1;
	scene_check_failure(&scene, dmaload_verify(scene.ctx, ranges, 3,
						   &scene.options,
						   &scene.report, &scene.err),
			    -EBADMSG, "byte 31999");
	scene_drop(&scene);
}

static void options_are_checked(void **state)
{
	struct dmaload_range range;
	struct scene scene;

	(void)state;
	make(&scene);
	range = scene_range(&scene, 0, 0, 0, 0, 1000);
	scene.options.cache = DMALOAD_CACHE_KEEP + 1;
	refused(&scene, &range, 1, -EINVAL, "cache 3");
	scene.options.cache = 0;
	scene.options.flags = 8;
	refused(&scene, &range, 1, -EINVAL, "flags 0x8");
	scene.options.flags = 0;
	scene.options.reserved = 5;
	refused(&scene, &range, 1, -EINVAL, "reserved 5");
	scene.options.reserved = 0;
	scene.options.paths = 1u << DMALOAD_PATH_CACHED;
	refused(&scene, &range, 1, -EINVAL, "paths 0x8");
	scene.options.paths = 0;
	scene.options.deadline_ns = 1;
	scene_expect_failure(&scene, &range, 1, -ETIME,
			     "deadline passed after 0 of 1000 bytes");
	scene_check_ranges(&scene, NULL, 0, false);
	scene.options.deadline_ns = 0;
	scene_expect_load(&scene, &range, 1);
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(each_range_is_checked),
		SCENE_TEST(no_range_at_all),
		SCENE_TEST(overlaps_name_the_byte),
		SCENE_TEST(comparisons_may_overlap),
		SCENE_TEST(options_are_checked),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
