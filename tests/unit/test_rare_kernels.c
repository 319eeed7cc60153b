/* SPDX-License-Identifier: MIT */
/* Machines that do what they may, and seldom do. */
#include <errno.h>

#include "scene.h"

static const struct scene_setup pfnmap = { .pfnmap = true };

/* A profiler's timer, and a disk that takes its time. */
static void many_signals(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_RING_SUBMIT, 2, 5000, -EINTR);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_drop(&scene);
}

static void ring_that_stays_out_of_requests(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_RING_SUBMIT, 1, 0, -EAGAIN);
	scene_check_failure(&scene, scene_load(&scene), -EIO, "EAGAIN");
	fake_fail_nothing();
	assert_int_equal(scene_load(&scene), 0);
	scene_drop(&scene);
}

/* A short read is repeated from a place that suits the memory as well. */
static void memory_is_aligned_more_than_the_file(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.node->mem_align = scene.node->st.dio_mem_align = 4096;
	scene.options.paths = DMALOAD_ALLOW_BOUNCE;
	fake_fail_calls(FAKE_READ, 2, 1, 4608);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_true(scene.report.retries > 0);
	scene_drop(&scene);
}

/* Less than a block, in the middle of a file that is as long as ever: a disk
 * that does not go on. To say that the file was cut off would be a lie. */
static void short_read_in_the_middle(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.node->st.dio_known = false;
	fake_fail_calls(FAKE_READ, 2, 1, 512);
	scene_check_failure(&scene, scene_load(&scene), -EIO, "offset");
	fake_fail_nothing();
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_drop(&scene);
}

/* EFAULT without a read in place: it is not the buffer that was refused. */
static void fault_on_the_pool(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake_fail_calls(FAKE_READ, 2, 1, -EFAULT);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "O_DIRECT read");
	scene_drop(&scene);
}

/* Pages that a cgroup does not grant although they are reserved. */
static void reserved_pages_that_are_not_granted(void **state)
{
	struct scene scene;

	(void)state;
	fake.hugetlb = true;
	scene_make(&scene, &(struct scene_setup){
			   .pfnmap = true, .chunk = 1 << 20, .depth = 2 });
	/* The mapping's probe, MADV_DONTFORK, and then the population. */
	fake_fail_calls(FAKE_MADVISE, fake_count(FAKE_MADVISE) + 4, 1, -ENOMEM);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_int_equal(dmaload_report_path(&scene.report),
			 DMALOAD_PATH_BOUNCE);
	assert_int_not_equal(scene.report.pool_pages, DMALOAD_PAGES_HUGETLB);
	scene_drop(&scene);
}

/* The first chunk cannot tell, since a page of it was there before. */
static void silent_buffering_behind_a_cached_page(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.node->silently_buffered = true;
	fake_cache(scene.node, 0, 1);
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "page cache");
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	assert_true(fake_cached(scene.node, 0));
	assert_false(fake_cached(scene.node, 4 * FAKE_PAGE));
	scene_drop(&scene);
}

static void name_with_a_newline(void **state)
{
	struct dmaload_file *file;
	struct dmaload_error err;

	(void)state;
	assert_int_equal(dmaload_file_open(&file, "/data/a\nb\033[2J", &err),
			 -ENOENT);
	check_says(err.message, "/data/a?b?[2J");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(many_signals),
		SCENE_TEST(ring_that_stays_out_of_requests),
		SCENE_TEST(memory_is_aligned_more_than_the_file),
		SCENE_TEST(short_read_in_the_middle),
		SCENE_TEST(fault_on_the_pool),
		SCENE_TEST(reserved_pages_that_are_not_granted),
		SCENE_TEST(silent_buffering_behind_a_cached_page),
		SCENE_TEST(name_with_a_newline),
	};

	return cmocka_run_group_tests_name("rare_kernels", tests, NULL, NULL);
}
