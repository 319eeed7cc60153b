/* SPDX-License-Identifier: MIT */
/* Paths that decline, before the first read and midway, and who goes on. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static void direct_is_refused_by_the_first_read(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_fail_calls(FAKE_READ, 1, 4, -EFAULT);
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_direct, 0);
	assert_int_equal(scene.report.bytes_bounced, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "EFAULT");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);
	scene_drop(&scene);
}

/* Whenever it is, and in whatever order: the next path has just the rest. */
static void direct_is_refused_midway(void **state)
{
	struct scene scene;
	unsigned n;

	(void)state;
	scene_make(&scene, &pinnable);
	for (n = 2; n < 13; n++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, n, 1, -EFAULT);
		fake.order = (enum fake_order)(n % 3);
		fake.batch = 1 + n % 4;
		scene_load_all(&scene);
		scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "EFAULT");
		assert_true(scene.report.bytes_bounced > 0);
		assert_int_equal(scene.report.bytes_buffered, 0);
	}
	scene_drop(&scene);
}

/* A kernel that cannot be asked about the mapping is tried. */
static void old_kernel_is_tried(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	fake.no_populate = true;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_bounced, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "EFAULT");
	scene_drop(&scene);
}

static void pfnmap_is_foreseen(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene_load_all(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "VM_PFNMAP");
	assert_int_equal(scene.report.retries, 0);
	scene_drop(&scene);
}

static void file_system_refuses_the_read(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene.node->direct_read_error = -EINVAL;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "EINVAL");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "EINVAL");
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

static void bounce_is_refused_midway(void **state)
{
	struct scene scene;
	unsigned n;

	(void)state;
	scene_make(&scene, &pfnmap);
	for (n = 1; n < 12; n++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, n, 1, n & 1 ? -EINVAL : -ENOMEM);
		fake.order = (enum fake_order)(n % 3);
		scene_load_all(&scene);
		assert_true(scene.report.bytes_buffered > 0);
		scene_check_reason(&scene, DMALOAD_PATH_BOUNCE,
				   n & 1 ? "EINVAL" : "ENOMEM");
	}
	scene_drop(&scene);
}

static void no_engine_is_granted(void **state)
{
	static const int codes[] = { -EPERM, -ENOSYS, -ENOMEM };
	struct scene scene;
	size_t i;

	(void)state;
	scene_make(&scene, &pinnable);
	for (i = 0; i < 3; i++) {
		fake_fail_nothing();
		dmaload_ctx_trim(scene.ctx);
		fake_fail_calls(FAKE_RING_CREATE, 1, 0, codes[i]);
		fake_fail_calls(FAKE_THREADS_CREATE, 1, 0, -EAGAIN);
		scene_load_all(&scene);
		assert_int_equal(scene.report.bytes_buffered, 90000);
		scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "io_uring");
		scene_check_reason(&scene, DMALOAD_PATH_BOUNCE,
				   codes[i] == -ENOMEM ? "RLIMIT_MEMLOCK" :
				   "kernel.io_uring_disabled");
		scene_check_reason(&scene, DMALOAD_PATH_BUFFERED, NULL);
	}
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "ENOMEM");
	scene_drop(&scene);
}

static void shortage_of_fds_is_no_reason(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -EMFILE);
	scene_check_failure(&scene, scene_load(&scene), -EMFILE, "io_uring");
	fake_fail_calls(FAKE_OPEN, 1, 1, -EMFILE);
	scene_check_failure(&scene, scene_load(&scene), -EMFILE, SCENE_FILE);
	scene_load_all(&scene);
	scene_drop(&scene);
}

static void buffered_reads_that_pin_get_a_stage(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.node->direct_error = -EINVAL;
	fake.reads_pin = true;
	fake.read_most = 3000;
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	assert_true(scene.report.copy_ns > 0);

	/* Refused in the middle of a chunk: its beginning is read again. */
	fake.reads_pin = false;
	fake_fail_calls(FAKE_READ_AT, 2, 1, -EFAULT);
	scene_load_all(&scene);

	fake.reads_pin = true;
	fake_fail_calls(FAKE_MAP, 1, 0, -ENOMEM);
	scene_check_failure(&scene, scene_load(&scene), -ENOMEM, SCENE_FILE);
	scene_drop(&scene);
}

static void only_the_paths_that_are_allowed(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pfnmap);
	scene.options.paths = DMALOAD_ALLOW_DIRECT;
	scene_check_failure(&scene, scene_load(&scene), -EOPNOTSUPP,
			    "VM_PFNMAP");
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, "VM_PFNMAP");
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, NULL);
	scene_check_outside(&scene);

	scene.node->direct_read_error = -EINVAL;
	scene.options.paths |= DMALOAD_ALLOW_BOUNCE;
	scene_check_failure(&scene, scene_load(&scene), -EOPNOTSUPP, "bounce");
	scene.options.paths = DMALOAD_ALLOW_BUFFERED;
	scene_load_all(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, NULL);
	scene_drop(&scene);
}

/* Blocks that are larger than a read may be. */
static void blocks_beyond_the_chunk(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &(struct scene_setup){ .block = 16384 });
	scene_load_all(&scene);
	assert_int_equal(scene.report.bytes_buffered, 90000);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "16384");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(direct_is_refused_by_the_first_read),
		SCENE_TEST(direct_is_refused_midway),
		SCENE_TEST(old_kernel_is_tried),
		SCENE_TEST(pfnmap_is_foreseen),
		SCENE_TEST(file_system_refuses_the_read),
		SCENE_TEST(bounce_is_refused_midway),
		SCENE_TEST(no_engine_is_granted),
		SCENE_TEST(shortage_of_fds_is_no_reason),
		SCENE_TEST(buffered_reads_that_pin_get_a_stage),
		SCENE_TEST(only_the_paths_that_are_allowed),
		SCENE_TEST(blocks_beyond_the_chunk),
	};

	return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
