/* SPDX-License-Identifier: MIT */
/* Shared memory that is not a dma-buf: populated beside a load where it is much, else at once. */
#include <errno.h>

#include "buffer/buffer.h"
#include "scene.h"

#define MIB ((uint64_t)1 << 20)
/* More than is populated at once. */
#define LARGE (16 * MIB)

/* A buffer whose thread has not run yet, and a file for it. */
static void make_early(struct scene *scene)
{
	scene_make_early(scene, &(struct scene_setup){
			 .source = "memfd", .buffer_size = LARGE, .chunk = 65536,
			 .file_size = LARGE - 100 });
}

static int let_run(const struct dmaload_progress *progress, void *data)
{
	(void)data;
	if (progress->bytes_done >= 5 * MIB)
		fake_run_threads();
	return 0;
}

static void beside_a_load(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	scene.options.progress = let_run;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_true(scene.report.overlap_ns > 0);
	assert_int_equal(scene.report.overlap_ns, scene.report.create_ns);
	assert_int_equal(scene.report.buffer_pages, DMALOAD_PAGES_BASE);
	assert_true(dmaload_buffer_fd(scene.buffer) >= 0);
	scene_drop(&scene);
}

/* A load that succeeds leaves memory that is there. */
static void behind_a_load(void **state)
{
	struct scene scene;

	(void)state;
	make_early(&scene);
	scene.options.paths = DMALOAD_ALLOW_BOUNCE;
	assert_int_equal(scene_load(&scene), 0);
	scene_check_bytes(&scene);
	assert_true(buffer_is_made(scene.buffer));
	assert_int_equal(scene.report.overlap_ns, 0);
	assert_true(scene.report.create_wait_ns >= scene.report.create_ns);
	scene_drop(&scene);
}

static void memory_that_is_not_there(void **state)
{
	struct scene scene;
	int r;

	(void)state;
	make_early(&scene);
	scene.options.paths = DMALOAD_ALLOW_BOUNCE;
	/* The first asks whether the mapping can be pinned. */
	fake_fail_calls(FAKE_MADVISE, 8, 0, -ENOMEM);
	r = scene_load(&scene);
	scene_check_failure(&scene, r, -ENOMEM, "cannot populate");
	fake_check_quiet();
	assert_int_equal(dmaload_buffer_fd(scene.buffer), -ENOMEM);
	assert_int_equal(dmaload_buffer_begin(scene.buffer, DMALOAD_ACCESS_WRITE, &scene.err),
			 -ENOMEM);
	scene_drop(&scene);
}

static void check_at_once(uint64_t size)
{
	struct dmaload_error err = { .code = 0 };
	struct dmaload_buffer *buffer;

	fake.threads_late = true;
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", size, &err), 0);
	assert_int_equal(err.code, 0);
	assert_null(buffer->populate);
	assert_int_equal(buffer->pages.present, size);
	assert_true(dmaload_buffer_fd(buffer) >= 0);
	dmaload_buffer_destroy(buffer);
}

static void at_once(void **state)
{
	struct dmaload_buffer *buffer = NULL;
	struct dmaload_error err;

	(void)state;
	check_at_once(8 * MIB);
	assert_int_equal(fake_count(FAKE_THREAD), 0);
	/* Where no thread is to be had, it is not worse than that. */
	fake_fail_calls(FAKE_THREAD, 1, 1, -EAGAIN);
	check_at_once(LARGE);
	assert_int_equal(fake_count(FAKE_THREAD), 1);

	fake_fail_calls(FAKE_MADVISE, 2, 1, -ENOMEM);
	assert_int_equal(dmaload_buffer_create(&buffer, "memfd", MIB, &err), -ENOMEM);
	check_says(err.message,
		   "cannot populate 1048576 bytes of shared memory");
	assert_null(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(beside_a_load),
		SCENE_TEST(behind_a_load),
		SCENE_TEST(memory_that_is_not_there),
		SCENE_TEST(at_once),
	};

	return cmocka_run_group_tests_name("populated", tests, NULL, NULL);
}
