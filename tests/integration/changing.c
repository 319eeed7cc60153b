/* SPDX-License-Identifier: MIT */
/* Files that change while they are loaded, and loads that are canceled. */
#include "changing.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static const uint32_t masks[] = {
	0,
	DMALOAD_ALLOW_BOUNCE,
	DMALOAD_ALLOW_BUFFERED,
};

#define MASKS (sizeof(masks) / sizeof(masks[0]))

/* Replace the kit's file by a copy of its first bytes. */
static void open_copy(struct kit *kit, char *path, size_t size, uint64_t length)
{
	snprintf(path, size, "%s/changes", place.dir);
	dmaload_file_close(kit->file);
	copy_file(pattern_path(place.large), path, length);
	drop_cache(path);
	assert_int_equal(dmaload_file_open(&kit->file, path, NULL), 0);
}

/* Load the file by some paths. A progress function changes it meanwhile. */
static int load_while(struct kit *kit, char *path, uint32_t paths,
		      dmaload_progress_fn change)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths,
		.progress = change, .progress_data = path,
	};
	const struct dmaload_range range = {
		.file = kit->file, .buffer = kit->buffer,
		.length = DMALOAD_TO_END,
	};

	return dmaload_load(kit->ctx, &range, 1, &options, &kit->report,
			    &kit->err);
}

/* A file that is truncated during a load: the load fails, and the next one
 * works. */
static int cut_off(const struct dmaload_progress *progress, void *data)
{
	(void)progress;
	assert_int_equal(truncate(data, 3 << 20), 0);
	return 0;
}

static void test_a_truncated_file_fails_the_load(void **state)
{
	char path[4096];
	struct kit kit;
	size_t i;

	(void)state;
	for (i = 0; i < MASKS; i++) {
		kit_open(&kit, 4096, 32 * MIB);
		open_copy(&kit, path, sizeof(path), 32 * MIB);
		assert_int_equal(load_while(&kit, path, masks[i], cut_off),
				 -ENODATA);
		assert_non_null(strstr(kit.err.message, "truncated"));
		assert_int_equal(kit_load(&kit, 0, 0, MIB, masks[i]), 0);
		kit_close(&kit);
	}
	unlink(path);
}

/* A file that grows during a load is loaded up to its old end. */
static int append(const struct dmaload_progress *progress, void *data)
{
	char block[5000] = { 0 };
	int fd = open(data, O_WRONLY | O_APPEND | O_CLOEXEC);

	(void)progress;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
	return 0;
}

static void test_a_growing_file_is_read_to_its_old_end(void **state)
{
	char path[4096];
	struct kit kit;
	size_t i;

	(void)state;
	for (i = 0; i < MASKS; i++) {
		kit_open(&kit, 4096, 16 * MIB);
		open_copy(&kit, path, sizeof(path), 8 * MIB);
		assert_int_equal(load_while(&kit, path, masks[i], append), 0);
		assert_int_equal(kit.report.bytes_total, 8 * MIB);
		kit_check(&kit, 0, 0, 8 * MIB);
		kit_close(&kit);
	}
	unlink(path);
}

static int stop_at_half(const struct dmaload_progress *progress, void *data)
{
	(void)data;
	return progress->bytes_done >= progress->bytes_total / 2;
}

static void test_a_progress_function_cancels_a_load(void **state)
{
	struct dmaload_options options = {
		.size = sizeof(options), .progress = stop_at_half,
	};
	struct dmaload_range range = { .length = DMALOAD_TO_END };
	struct kit kit;

	(void)state;
	kit_open(&kit, place.large, place.large);
	range.file = kit.file;
	range.buffer = kit.buffer;
	assert_int_equal(dmaload_load(kit.ctx, &range, 1, &options, &kit.report,
				      &kit.err), -ECANCELED);
	assert_in_range(kit.report.bytes_direct + kit.report.bytes_bounced +
			kit.report.bytes_buffered + kit.report.bytes_cached,
			place.large / 2,
			place.large - 1);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, 0), 0);
	kit_check(&kit, 0, 0, place.large);
	kit_close(&kit);
}

int changing_files(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_truncated_file_fails_the_load),
		cmocka_unit_test(test_a_growing_file_is_read_to_its_old_end),
		cmocka_unit_test(test_a_progress_function_cancels_a_load),
	};

	return cmocka_run_group_tests_name("changing_files", tests, NULL, NULL);
}
