/* SPDX-License-Identifier: MIT */
/* Paths that decline, before the first read and midway, and who goes on. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "rows.h"

static const struct scene_setup pinnable = { 0 };
static const struct scene_setup pfnmap = { .pfnmap = true };

static uint64_t moved(const struct scene *scene, enum dmaload_path path)
{
	const uint64_t bytes[] = { scene->report.bytes_direct,
				   scene->report.bytes_bounced,
				   scene->report.bytes_buffered };

	return bytes[path];
}

#define NO_RING(code) \
	{ { FAKE_RING_CREATE, 1, 0, code }, \
	  { FAKE_THREADS_CREATE, 1, 0, -EAGAIN } }

/* The paths before one decline at once, for these reasons; it moves all bytes. */
static const struct whole {
	const char *name;
	enum dmaload_path by;
	const char *direct, *bounce;
	struct scene_setup setup;
	int direct_read_error;
	bool no_populate, no_retries;
	struct row_failure fails[2];
} wholes[] = {
	{ "the first direct reads return EFAULT", DMALOAD_PATH_BOUNCE, "EFAULT",
	  .fails = { { FAKE_READ, 1, 4, -EFAULT } } },
	{ "without MADV_POPULATE_WRITE a read is tried", DMALOAD_PATH_BOUNCE,
	  "EFAULT", .setup.pfnmap = true, .no_populate = true },
	{ "VM_PFNMAP is known without a read", DMALOAD_PATH_BOUNCE, "VM_PFNMAP",
	  .setup.pfnmap = true, .no_retries = true },
	{ "the file system refuses reads", DMALOAD_PATH_BUFFERED, "EINVAL",
	  "EINVAL", .direct_read_error = -EINVAL },
	{ "no ring: EPERM", DMALOAD_PATH_BUFFERED, "io_uring is refused: EPERM",
	  "kernel.io_uring_disabled", .fails = NO_RING(-EPERM) },
	{ "no ring: ENOSYS", DMALOAD_PATH_BUFFERED, "io_uring is refused: ENOSYS",
	  "kernel.io_uring_disabled", .fails = NO_RING(-ENOSYS) },
	{ "no ring: ENOMEM", DMALOAD_PATH_BUFFERED, "io_uring is refused: ENOMEM",
	  "RLIMIT_MEMLOCK", .fails = NO_RING(-ENOMEM) },
	{ "blocks are larger than a chunk", DMALOAD_PATH_BUFFERED, "16384",
	  "16384", .setup.block = 16384 },
};

static void one_path_moves_all(void **state)
{
	const struct whole *row = *state;
	struct scene scene;

	scene_make(&scene, &row->setup);
	scene.node->direct_read_error = row->direct_read_error;
	fake.no_populate = row->no_populate;
	row_fail(&row->fails[0]);
	row_fail(&row->fails[1]);
	scene_load_all(&scene);
	assert_int_equal(moved(&scene, row->by), 90000);
	if (row->no_retries)
		assert_int_equal(scene.report.retries, 0);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_check_reason(&scene, DMALOAD_PATH_DIRECT, row->direct);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, row->bounce);
	scene_check_reason(&scene, DMALOAD_PATH_BUFFERED, NULL);
	scene_drop(&scene);
}

/* A path declines midway; the next one moves just the rest. */
static const struct midway {
	const char *name;
	enum dmaload_path path;
	int code;
	const char *reason;
} midways[] = {
	{ "direct declines midway: EFAULT", DMALOAD_PATH_DIRECT, -EFAULT, "EFAULT" },
	{ "bounce declines midway: EINVAL", DMALOAD_PATH_BOUNCE, -EINVAL, "EINVAL" },
	{ "bounce declines midway: ENOMEM", DMALOAD_PATH_BOUNCE, -ENOMEM, "ENOMEM" },
};

static void next_path_moves_the_rest(void **state)
{
	const struct midway *row = *state;
	struct scene scene;
	unsigned n;

	scene_make(&scene, row->path == DMALOAD_PATH_DIRECT ? &pinnable : &pfnmap);
	for (n = 1; n < 13; n++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, n, 1, row->code);
		fake.order = (enum fake_order)(n % 3);
		fake.batch = 1 + n % 4;
		scene_load_all(&scene);
		scene_check_reason(&scene, row->path, row->reason);
		assert_true(moved(&scene, row->path + 1) > 0);
		if (row->path == DMALOAD_PATH_DIRECT)
			assert_int_equal(scene.report.bytes_buffered, 0);
	}
	scene_drop(&scene);
}

/* A trimmed context asks for a ring anew, and reports the new reason. */
static void refusal_of_a_ring_is_forgotten(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_fail_calls(FAKE_THREADS_CREATE, 1, 0, -EAGAIN);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -EPERM);
	scene_load_all(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE,
			   "kernel.io_uring_disabled");
	dmaload_ctx_trim(scene.ctx);
	fake_fail_calls(FAKE_RING_CREATE, 1, 1, -ENOMEM);
	scene_load_all(&scene);
	scene_check_reason(&scene, DMALOAD_PATH_BOUNCE, "RLIMIT_MEMLOCK");
	scene_drop(&scene);
}

static void lack_of_fds_is_an_error(void **state)
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

static void buffered_reads_that_pin_are_copied(void **state)
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

static void only_allowed_paths_are_used(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(refusal_of_a_ring_is_forgotten),
		SCENE_TEST(lack_of_fds_is_an_error),
		SCENE_TEST(buffered_reads_that_pin_are_copied),
		SCENE_TEST(only_allowed_paths_are_used),
	};
	int failed = 0;

	failed += ROWS_RUN("fallback: one path moves all", one_path_moves_all,
			   wholes);
	failed += ROWS_RUN("fallback: the next path moves the rest",
			   next_path_moves_the_rest, midways);
	failed += cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
	return failed;
}
