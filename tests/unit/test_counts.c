/* SPDX-License-Identifier: MIT */
/*
 * The cost of a load in calls of the kernel, all of them, by path: 16 chunks of
 * 8 KiB, 4 at a time. A change that adds a call, or saves one, shows here which
 * and how often.
 */
#include <string.h>

#include "scene.h"

#define SIZE 131072u

#define BIT(path) DMALOAD_ALLOW_ ## path

static void expect(const char *calls)
{
	assert_string_equal(fake_counts(), calls);
}

static void load(struct scene *scene, uint32_t paths, const char *calls)
{
	scene->options.paths = paths;
	fake_count_anew();
	if (scene_load(scene) != 0)
		fail_msg("%s", scene->err.message);
	expect(calls);
	scene_check_bytes(scene);
	scene_check_report(scene);
}

static void make(struct scene *scene, const char *source,
		 enum dmaload_engine engine)
{
	scene_make(scene, &(struct scene_setup){
		.source = source, .file_size = SIZE, .buffer_size = SIZE,
		.engine = engine, .pfnmap = strcmp(source, "system") == 0 });
}

static void opening_and_closing(void **state)
{
	struct scene scene;

	(void)state;
	fake_count_anew();
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	expect("open 2, set_flags 1, stat_path 1, stat_fd 1, fs_magic 1, "
	     "read_text 2, map 1, heap_alloc 1, close 1, pid 1");
	fake_count_anew();
	scene_drop(&scene);
	expect("close 2, unmap 1, pid 1");

	fake_reset();
	make(&scene, "memfd", DMALOAD_ENGINE_AUTO);
	expect("open 1, set_flags 1, stat_path 1, stat_fd 1, fs_magic 1, "
	     "read_text 4, map 1, madvise 2, pagemap 1, memfd 1, truncate 1, "
	     "seal 1, pid 1, hold 1");
	scene_drop(&scene);
	fake_reset();
	fake_add_udmabuf();
	make(&scene, "udmabuf", DMALOAD_ENGINE_AUTO);
	expect("open 3, set_flags 1, stat_path 1, stat_fd 1, fs_magic 1, "
	     "read_text 5, map 1, madvise 2, pagemap 1, memfd 1, truncate 1, "
	     "seal 1, udmabuf 1, thread 1, close 2, pid 3, join 1, hold 1");
	scene_drop(&scene);
}

/* A read and a submission for each chunk, and a look at the page cache after it, of
 * those few chunks after which one is due. */
static void direct(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "memfd", DMALOAD_ENGINE_AUTO);
	load(&scene, 0, "open 1, stat_direct 1, read_text 1, madvise 1, fadvise 1, "
	     "cachestat 2, ring_create 1, ring_submit 16, read 16, pid 1");
	/* The file is open for direct I/O by now. */
	load(&scene, 0, "read_text 1, cachestat 1, ring_submit 16, read 16, "
	     "pid 1");
	/* Ends that are not whole blocks: two reads more, and once the memory. */
	scene_set_range(&scene, 100, 100, SIZE - 200);
	load(&scene, 0, "read_text 3, map 1, madvise 2, pagemap 1, "
	     "cachestat 1, ring_submit 18, read 18, pid 1");
	load(&scene, 0, "read_text 1, cachestat 1, ring_submit 18, read 18, "
	     "pid 1");
	scene_drop(&scene);
}

static void bounce(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	load(&scene, 0, "open 1, stat_direct 1, read_text 3, map 2, madvise 4, "
	     "pagemap 1, fadvise 1, cachestat 2, sync 2, ring_create 1, "
	     "ring_register 1, ring_submit 16, read 16, unmap 1, pid 1, "
	     "limit 1");
	/* There is a pool by now. The load asks anew whether the mapping can be
	 * pinned. */
	load(&scene, 0, "read_text 1, cachestat 1, sync 2, ring_submit 16, "
	     "read 16, pid 1");
	/* To be told to bounce saves that. */
	load(&scene, BIT(BOUNCE), "read_text 1, cachestat 1, sync 2, "
	     "ring_submit 16, read 16, pid 1");
	/* Ends that are not whole blocks cost nothing here. */
	scene_set_range(&scene, 100, 1, SIZE - 200);
	load(&scene, BIT(BOUNCE), "read_text 1, cachestat 1, sync 2, "
	     "ring_submit 16, read 16, pid 1");
	scene_drop(&scene);
}

static void by_threads(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_THREADS);
	load(&scene, BIT(BOUNCE), "open 1, stat_direct 1, read_text 3, map 1, "
	     "madvise 2, pagemap 1, fadvise 1, cachestat 2, sync 2, "
	     "threads_create 1, ring_register 1, ring_submit 16, read 16, "
	     "pid 1");
	load(&scene, BIT(BOUNCE), "read_text 1, cachestat 1, sync 2, "
	     "ring_register 1, ring_submit 16, read 16, pid 1");
	scene_drop(&scene);
	fake_reset();
	make(&scene, "memfd", DMALOAD_ENGINE_THREADS);
	load(&scene, 0, "open 1, stat_direct 1, read_text 1, madvise 1, "
	     "fadvise 1, cachestat 2, threads_create 1, ring_submit 16, "
	     "read 16, pid 1");
	scene_drop(&scene);
}

/* Each chunk is announced, read and dropped. */
static void buffered(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	load(&scene, BIT(BUFFERED), "read_text 1, read_at 16, fadvise 33, "
	     "cachestat 2, sync 2, pid 1");
	/* Where the kernel does not tell what was there, the read drops it. */
	scene.node->may_write = false;
	scene.node->st.uid++;
	load(&scene, BIT(BUFFERED), "may_mincore 1, read_text 1, read_at 16, "
	     "cachestat 1, sync 2, pid 1");
	scene_drop(&scene);
}

/* Nothing is set up for the second one, nor for the third. A read in one piece needs no ring,
 * unless the caller has asked for one. */
static void small_loads(void **state)
{
	struct scene scene;
	unsigned i;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	scene_set_range(&scene, 4096, 0, 4096);
	load(&scene, BIT(BOUNCE), "open 1, stat_direct 1, read_text 3, "
	     "read_at 1, map 1, madvise 2, pagemap 1, fadvise 1, cachestat 2, "
	     "sync 2, pid 1");
	for (i = 0; i < 2; i++)
		load(&scene, BIT(BOUNCE), "read_text 1, read_at 1, cachestat 1, "
		     "sync 2, pid 1");
	scene_drop(&scene);
	fake_reset();
	make(&scene, "system", DMALOAD_ENGINE_URING);
	scene_set_range(&scene, 4096, 0, 4096);
	load(&scene, BIT(BOUNCE), "open 1, stat_direct 1, read_text 3, map 1, "
	     "madvise 2, pagemap 1, fadvise 1, cachestat 2, sync 2, "
	     "ring_create 1, ring_register 1, ring_submit 1, read 1, pid 1, "
	     "limit 1");
	/* A filter may have come since. */
	for (i = 0; i < 2; i++)
		load(&scene, BIT(BOUNCE), "read_text 1, cachestat 1, sync 2, "
		     "ring_submit 1, read 1, ring_check 1, pid 1");
	scene_drop(&scene);
}

static void from_the_page_cache(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	fake_cache(scene.node, 0, SIZE);
	load(&scene, 0, "stat_fd 16, read_text 1, map 1, madvise 1, "
	     "cachestat 19, copy_mapped 16, sync 2, unmap 1, pid 1");
	scene_drop(&scene);
	fake_reset();
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	fake_cache(scene.node, 0, SIZE / 2);
	load(&scene, BIT(BOUNCE), "open 1, stat_fd 8, stat_direct 1, "
	     "may_mincore 1, read_text 3, map 2, madvise 3, pagemap 1, "
	     "fadvise 1, cachestat 11, mincore 1, copy_mapped 8, sync 2, "
	     "ring_create 1, ring_register 1, ring_submit 8, read 8, unmap 1, "
	     "pid 1, limit 1");
	scene_drop(&scene);
}

static void verifying(void **state)
{
	struct scene scene;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	scene.options.paths = BIT(BOUNCE);
	fake_count_anew();
	assert_int_equal(scene_verify(&scene), 0);
	expect("open 1, stat_direct 1, read_text 3, map 1, madvise 2, "
	     "pagemap 1, fadvise 1, cachestat 2, sync 2, ring_create 1, "
	     "ring_register 1, ring_submit 16, read 16, pid 1, limit 1");
	scene_drop(&scene);
}

static void probing(void **state)
{
	enum dmaload_path path;
	struct scene scene;

	(void)state;
	make(&scene, "system", DMALOAD_ENGINE_AUTO);
	fake_count_anew();
	assert_int_equal(dmaload_probe(scene.ctx, &scene.range, &scene.options,
				       &path, NULL, &scene.err), 0);
	assert_int_equal(path, DMALOAD_PATH_BOUNCE);
	expect("open 1, stat_direct 1, read_text 3, map 2, madvise 4, "
	     "pagemap 1, fadvise 1, ring_create 1, ring_register 1, unmap 1, "
	     "pid 1, limit 1");
	scene_drop(&scene);
}

/* Before each part is read mincore() is asked, and not once more at the end. */
static void by_old_calls(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){
		.file_size = SIZE, .buffer_size = SIZE, .pfnmap = true,
		.syscalls = DMALOAD_SYSCALLS_OLD });
	load(&scene, BIT(BOUNCE), "open 1, may_mincore 1, read_text 2, map 2, madvise 3, "
	     "pagemap 1, fadvise 1, mincore 17, extents 1, sync 2, "
	     "threads_create 1, ring_register 1, ring_submit 16, "
	     "read 16, unmap 1, pid 1");
	load(&scene, BIT(BOUNCE), "may_mincore 1, map 1, madvise 1, mincore 17, extents 1, "
	     "sync 2, ring_register 1, ring_submit 16, read 16, unmap 1, "
	     "pid 1");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(opening_and_closing),
		SCENE_TEST(direct),
		SCENE_TEST(bounce),
		SCENE_TEST(by_threads),
		SCENE_TEST(by_old_calls),
		SCENE_TEST(buffered),
		SCENE_TEST(small_loads),
		SCENE_TEST(from_the_page_cache),
		SCENE_TEST(verifying),
		SCENE_TEST(probing),
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
