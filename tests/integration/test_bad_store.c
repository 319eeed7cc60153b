/* SPDX-License-Identifier: MIT */
/*
 * Stores that a disk refuses: a block of the file cannot be written, or the
 * file system is full. Each path reports the file and the offset. The buffer
 * stays usable, and the next store works. The test fills up the disk.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)

static int store(struct kit *kit, struct dmaload_file *file, uint64_t offset,
		 uint64_t length, uint32_t mask)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .paths = mask };
	const struct dmaload_range range = {
		.file = file, .file_offset = offset, .buffer = kit->buffer,
		.buffer_offset = offset, .length = length,
	};

	return dmaload_store(kit->ctx, &range, 1, &options, &kit->report,
			     &kit->err);
}

static void test_a_bad_block_fails_only_its_store(void **state)
{
	const char *path = pattern_path(place.large);
	const uint64_t half = place.large / 2;
	struct dmaload_file *file;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	kit_fill(&kit);
	assert_int_equal(dmaload_file_create(&file, path, 0, NULL), 0);
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		assert_int_equal(store(&kit, file, 100, place.large - 100,
				       all_paths[i]), -EIO);
		assert_non_null(strstr(kit.err.message, path));
		/* Writeback reports only the range that it was to write. */
		if (all_paths[i] != all_paths[3])
			assert_in_range(kit_offset_told(&kit),
					half - DMALOAD_CHUNK_DEFAULT, half);
		/* Store before and after the bad block, with the same
		 * objects. */
		assert_int_equal(store(&kit, file, 100, half - 8192, all_paths[i]),
				 0);
		assert_int_equal(store(&kit, file, half + 4096,
				       place.large - half - 4096, all_paths[i]), 0);
		assert_int_equal(kit.report.cache_residue_bytes, 0);
	}
	dmaload_file_close(file);
	kit_close(&kit);
}

/* Allocate all space of the disk, and free a little. */
static void fill_disk(const char *path, uint64_t leave)
{
	uint64_t taken = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (posix_fallocate(fd, (off_t)taken, (off_t)MIB) == 0)
		taken += MIB;
	assert_true(taken > leave);
	assert_int_equal(ftruncate(fd, (off_t)(taken - leave)), 0);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

static void check_full(struct kit *kit, const char *path, uint64_t size,
		       const char *message)
{
	struct dmaload_file *file;
	size_t i;

	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		unlink(path);
		assert_int_equal(dmaload_file_create(&file, path, 1, NULL), 0);
		/* A hole has no space, and the end of the file cannot be
		 * allocated. */
		if (size > 0)
			assert_int_equal(truncate(path, (off_t)size), 0);
		dmaload_file_close(file);
		assert_int_equal(dmaload_file_create(&file, path, 0, NULL), 0);
		assert_int_equal(store(kit, file, 0, 12 * MIB, all_paths[i]),
				 -ENOSPC);
		if (!strstr(kit->err.message, path) ||
		    !strstr(kit->err.message, message))
			fail_msg("mask %u: %s", all_paths[i], kit->err.message);
		assert_true(kit_offset_told(kit) < 12 * MIB);
		dmaload_file_close(file);
	}
	unlink(path);
}

static void test_a_full_disk_is_reported(void **state)
{
	char filler[4096], path[4096];
	struct dmaload_file *file;
	struct kit kit;

	(void)state;
	snprintf(filler, sizeof(filler), "%s/filler", place.dir);
	snprintf(path, sizeof(path), "%s/stored", place.dir);
	kit_open(&kit, place.large, place.large);
	kit_fill(&kit);
	fill_disk(filler, 4 * MIB);
	check_full(&kit, path, 0, "cannot allocate space");
	check_full(&kit, path, 16 * MIB, "cannot write");

	unlink(filler);
	assert_int_equal(dmaload_file_create(&file, path, 1, NULL), 0);
	if (store(&kit, file, 0, 12 * MIB, 0) < 0)
		fail_msg("%s", kit.err.message);
	dmaload_file_close(file);
	unlink(path);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bad_block_fails_only_its_store),
		cmocka_unit_test(test_a_full_disk_is_reported),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("bad-store", tests, NULL, NULL);
}
