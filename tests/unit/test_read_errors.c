/* SPDX-License-Identifier: MIT */
/* Reads that are short, late or failed, and loads that are called off. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "scene.h"

static const struct scene_setup pinnable = { 0 };

static void short_reads_go_on(void **state)
{
	static const int shorts[] = { 512, 513, 1024, 4000 };
	struct scene scene;
	unsigned i;
	int path;

	(void)state;
	scene_make(&scene, &pinnable);
	for (path = 0; path < 2; path++)
		for (i = 0; i < 8; i++) {
			fake_fail_nothing();
			fake_fail_calls(FAKE_READ, 2 + i, 3, shorts[i % 4]);
			fake.order = (enum fake_order)(i % 3);
			assert_int_equal(scene_load_by(&scene, path), 0);
			scene_check_report(&scene);
			assert_true(scene.report.retries >= 1);
		}
	fake.read_most = 999;
	assert_int_equal(scene_load_by(&scene, DMALOAD_PATH_BUFFERED), 0);
	assert_true(scene.report.retries >= 80);
	scene_drop(&scene);
}

/* Progress is progress, however slow: it is not counted as repetition. */
static void very_short_reads_go_on(void **state)
{
	struct scene scene;
	int path;

	(void)state;
	scene_make(&scene, &(struct scene_setup){
			   .source = "foreign", .file_size = 1 << 20,
			   .buffer_size = 1 << 20, .chunk = 1 << 19 });
	fake_fail_calls(FAKE_READ, 1, 0, 512);
	fake.read_most = 400;
	for (path = 0; path < 3; path++) {
		scene.options.paths = 1u << path;
		assert_int_equal(scene_load(&scene), 0);
		scene_check_bytes(&scene);
		assert_true(scene.report.retries > 2000);
	}
	scene_drop(&scene);
}

static void interrupted_reads_are_repeated(void **state)
{
	struct scene scene;
	int path;

	(void)state;
	scene_make(&scene, &pinnable);
	for (path = 0; path < 3; path++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, 1, 3, -EINTR);
		fake_fail_calls(FAKE_READ, 8, 2, -EAGAIN);
		fake_fail_calls(FAKE_READ_AT, 1, 3, -EINTR);
		fake_fail_calls(FAKE_READ_AT, 8, 2, -EAGAIN);
		assert_int_equal(scene_load_by(&scene, path), 0);
		scene_check_report(&scene);
		assert_int_equal(scene.report.retries, 5);
	}
	scene_drop(&scene);
}

/* Not for ever. */
static void endless_repetition_ends(void **state)
{
	struct scene scene;
	int path;

	(void)state;
	scene_make(&scene, &pinnable);
	fake_fail_calls(FAKE_READ, 5, 0, -EAGAIN);
	fake_fail_calls(FAKE_READ_AT, 5, 0, -EAGAIN);
	for (path = 0; path < 3; path++)
		scene_check_failure(&scene, scene_load_by(&scene, path), -EIO,
				    SCENE_FILE);
	fake_fail_nothing();
	for (path = 0; path < 3; path++)
		assert_int_equal(scene_load_by(&scene, path), 0);
	scene_drop(&scene);
}

static void disk_errors_name_the_place(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	/* The second read of a bounce starts at a chunk's boundary. */
	fake_fail_calls(FAKE_READ, 2, 1, -EIO);
	scene_check_failure(&scene, scene_load_by(&scene, DMALOAD_PATH_BOUNCE), -EIO,
			    "cannot read " SCENE_FILE " at offset 8192:");
	/* The second read of a direct load is that of the first whole block. */
	fake_fail_calls(FAKE_READ, 2, 1, -EIO);
	scene_check_failure(&scene, scene_load_by(&scene, DMALOAD_PATH_DIRECT), -EIO,
			    "cannot read " SCENE_FILE " at offset 1024:");
	fake_fail_calls(FAKE_READ_AT, 3, 1, -EIO);
	scene_check_failure(&scene, scene_load_by(&scene, DMALOAD_PATH_BUFFERED),
			    -EIO, "cannot read " SCENE_FILE " at offset 16384:");
	assert_true(scene.report.bytes_buffered > 0);
	assert_int_equal(scene.report.bytes_total, 90000);
	assert_int_equal(scene.report.cache_residue_bytes, 0);
	scene_drop(&scene);
}

/* The n-th read fails: whatever the order, all others are waited for. */
static void disk_errors_in_any_order(void **state)
{
	struct scene scene;
	unsigned n;

	(void)state;
	scene_make(&scene, &pinnable);
	for (n = 1; n < 24; n++) {
		fake_fail_nothing();
		fake_fail_calls(FAKE_READ, 1 + n / 2, 1, -EIO);
		fake.order = (enum fake_order)(n % 3);
		fake.batch = 1 + n % 4;
		scene_check_failure(&scene, scene_load_by(&scene, n & 1), -EIO,
				    SCENE_FILE);
	}
	scene_drop(&scene);
}

static void file_that_shrinks(void **state)
{
	struct scene scene;
	unsigned n;

	(void)state;
	for (n = 0; n < 12; n++) {
		scene_make(&scene, &pinnable);
		scene.node->shrink_after = 1 + n / 3;
		scene.node->shrunk_size = n & 1 ? 60000 : 61440;
		scene_check_failure(&scene, scene_load_by(&scene, n % 3), -ENODATA,
				    "had 100000 bytes when it was opened");
		assert_non_null(strstr(scene.err.message, SCENE_FILE));
		scene_drop(&scene);
		fake_reset();
	}
}

struct stop {
	unsigned after;
	unsigned calls;
};

/* Asks once: what is not heard then is not heard at all. */
static int call_off(const struct dmaload_progress *progress, void *data)
{
	struct stop *stop = data;

	assert_true(progress->bytes_done <= progress->bytes_total);
	return ++stop->calls == stop->after;
}

static void load_is_called_off(void **state)
{
	struct stop stop;
	struct scene scene;
	unsigned n;

	(void)state;
	scene_make(&scene, &pinnable);
	scene.options.progress = call_off;
	scene.options.progress_data = &stop;
	for (n = 0; n < 30; n++) {
		stop = (struct stop){ .after = 1 + n / 3 };
		fake.order = (enum fake_order)(n % 3);
		scene_check_failure(&scene, scene_load_by(&scene, n % 3), -ECANCELED,
				    "canceled after");
		assert_true(scene.report.bytes_direct + scene.report.
			    bytes_bounced + scene.report.bytes_buffered < 90000);
		assert_int_equal(scene.report.cache_residue_bytes, 0);
	}
	scene_drop(&scene);
}

/* The path declines in the batch after which the caller has had enough. */
static void called_off_while_a_path_declines(void **state)
{
	struct stop stop = { .after = 1 };
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene.options.progress = call_off;
	scene.options.progress_data = &stop;
	fake_fail_calls(FAKE_READ, 1, 1, -EFAULT);
	scene_check_failure(&scene, scene_load(&scene), -ECANCELED,
			    "canceled");
	scene_drop(&scene);
}

/* A later trouble does not talk over the first. */
static void first_failure_is_the_one_told(void **state)
{
	struct stop stop = { .after = 1 };
	struct scene scene;

	(void)state;
	scene_make(&scene, &pinnable);
	scene.options.progress = call_off;
	scene.options.progress_data = &stop;
	fake_fail_calls(FAKE_READ, 1, 1, -EIO);
	scene_check_failure(&scene, scene_load(&scene), -EIO, "cannot read");

	scene.options.progress = NULL;
	fake_fail_calls(FAKE_READ, 1, 1, -EIO);
	fake_fail_calls(FAKE_SYNC, 2, 1, -ENOMEM);
	scene_check_failure(&scene, scene_load(&scene), -EIO, "cannot read");
	scene_drop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(short_reads_go_on),
		SCENE_TEST(very_short_reads_go_on),
		SCENE_TEST(interrupted_reads_are_repeated),
		SCENE_TEST(endless_repetition_ends),
		SCENE_TEST(disk_errors_name_the_place),
		SCENE_TEST(disk_errors_in_any_order),
		SCENE_TEST(file_that_shrinks),
		SCENE_TEST(load_is_called_off),
		SCENE_TEST(called_off_while_a_path_declines),
		SCENE_TEST(first_failure_is_the_one_told),
	};

	return cmocka_run_group_tests_name("read_errors", tests, NULL, NULL);
}
