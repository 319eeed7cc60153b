/* SPDX-License-Identifier: MIT */
/*
 * Files that are in the page cache, wholly, in part, or changed and not written
 * back: the right bytes by every path, and the page cache as it is to be.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define MEDIUM ((uint64_t)16 << 20)

static int load(struct kit *kit, enum dmaload_cache cache, uint32_t paths)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths, .cache = cache,
	};
	const struct dmaload_range range = {
		.file = kit->file, .buffer = kit->buffer,
		.length = DMALOAD_TO_END,
	};

	return dmaload_load(kit->ctx, &range, 1, &options, &kit->report,
			    &kit->err);
}

static void must_load(struct kit *kit, enum dmaload_cache cache, uint32_t paths)
{
	if (load(kit, cache, paths) < 0)
		fail_msg("%s", kit->err.message);
}

/* Read with all the readahead that the kernel likes. */
static void warm(const char *path, uint64_t from, uint64_t length)
{
	char *block = malloc(MIB);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t seen = 1, last = 0;

	assert_true(block && fd >= 0);
	for (; length > 0; from += MIB, length -= MIB)
		assert_int_equal(pread(fd, block, MIB, (off_t)from), MIB);
	close(fd);
	free(block);
	/* mincore() does not count what readahead is still reading. */
	for (; seen != last; usleep(50000)) {
		last = seen;
		seen = cached_bytes(path);
	}
}

static void test_warm_file(void **state)
{
	const char *path = pattern_path(MEDIUM);
	struct kit kit;
	uint64_t before;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	warm(path, 0, MEDIUM);
	before = cached_bytes(path);
	assert_int_equal(before, MEDIUM);
	must_load(&kit, DMALOAD_CACHE_AUTO, 0);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(kit.report.bytes_cached, MEDIUM);
	assert_int_equal(dmaload_report_path(&kit.report), DMALOAD_PATH_CACHED);
	assert_int_equal(cached_bytes(path), before);

	kit_guard(&kit);
	must_load(&kit, DMALOAD_CACHE_BYPASS, 0);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(kit.report.bytes_cached, 0);
	assert_int_equal(kit.report.bytes_buffered, 0);
	assert_int_equal(cached_bytes(path), before);
	kit_close(&kit);
	drop_cache(path);
}

/* Nothing came to it; a machine that is short of memory may have taken a little. */
static void check_stayed(uint64_t now, uint64_t before)
{
	assert_in_range(now, before - before / 16, before);
}

/* What was there stays, what was not does not come; nor does readahead. */
static void test_half_warm_file(void **state)
{
	const char *path = pattern_path(place.large);
	uint64_t before, round;
	struct kit kit;

	(void)state;
	for (round = 0; round < 3; round++) {
		kit_open(&kit, place.large, place.large);
		warm(path, 3 * MIB, 5 * MIB);
		warm(path, 40 * MIB, 9 * MIB);
		before = cached_bytes(path);
		assert_true(before >= 14 * MIB);
		if (round == 2) {
			/* Only a part is wanted, and it ends where readahead
			 * was about to begin. */
			assert_int_equal(kit_load(&kit, 4 * MIB, 0, 4 * MIB, 0),
					 0);
			kit_check(&kit, 4 * MIB, 0, 4 * MIB);
		} else {
			must_load(&kit, DMALOAD_CACHE_AUTO,
				  round ? DMALOAD_PATH_BIT(
				  DMALOAD_PATH_BUFFERED) : 0);
			kit_check(&kit, 0, 0, place.large);
			assert_true(kit.report.bytes_cached >= 13 * MIB);
			check_stayed(kit.report.cache_before_bytes, before);
		}
		assert_int_equal(kit.report.cache_residue_bytes, 0);
		check_stayed(cached_bytes(path), before);
		kit_close(&kit);
	}
	drop_cache(path);
}

static void test_keep(void **state)
{
	const char *path = pattern_path(MEDIUM);
	struct kit kit;

	(void)state;
	kit_open(&kit, MEDIUM, MEDIUM);
	must_load(&kit, DMALOAD_CACHE_KEEP, 0);
	kit_check(&kit, 0, 0, MEDIUM);
	assert_int_equal(kit.report.bytes_buffered, MEDIUM);
	assert_int_equal(kit.report.cache_residue_bytes, MEDIUM);
	assert_int_equal(cached_bytes(path), MEDIUM);
	must_load(&kit, DMALOAD_CACHE_AUTO, 0);
	assert_int_equal(kit.report.bytes_cached, MEDIUM);
	assert_int_equal(load(&kit, DMALOAD_CACHE_KEEP,
			      DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE)), -EINVAL);
	assert_int_equal(load(&kit, (enum dmaload_cache)3, 0), -EINVAL);
	kit_close(&kit);
	drop_cache(path);
}

/* Changed in the page cache and not on the disk yet, by write and by mmap. */
static void make_dirty(const char *path)
{
	unsigned char byte;
	uint64_t at;
	char *map;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	for (at = 5000; at < MEDIUM; at += 777777) {
		assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
		byte ^= 0xff;
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	}
	map = mmap(NULL, MEDIUM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	for (at = 4099; at < MEDIUM; at += 999999)
		map[at] ^= 0x55;
	munmap(map, MEDIUM);
	close(fd);
}

static void check_is_file(struct kit *kit, const char *path)
{
	unsigned char *all = malloc(MEDIUM);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(all && fd >= 0);
	assert_int_equal(read(fd, all, MEDIUM), MEDIUM);
	close(fd);
	assert_int_equal(dmaload_buffer_begin(kit->buffer, DMALOAD_ACCESS_READ,
					      NULL), 0);
	assert_memory_equal(dmaload_buffer_map(kit->buffer), all, MEDIUM);
	assert_int_equal(dmaload_buffer_end(kit->buffer, DMALOAD_ACCESS_READ,
					    NULL), 0);
	free(all);
}

static void copy_file(const char *from, const char *to)
{
	char *all = malloc(MEDIUM);
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(all && in >= 0 && out >= 0);
	assert_int_equal(read(in, all, MEDIUM), MEDIUM);
	assert_int_equal(write(out, all, MEDIUM), MEDIUM);
	assert_int_equal(fsync(out), 0);
	close(in);
	close(out);
	free(all);
}

static void test_dirty_pages(void **state)
{
	static const uint32_t paths[] = { 0,
		DMALOAD_PATH_BIT(DMALOAD_PATH_DIRECT),
		DMALOAD_PATH_BIT(DMALOAD_PATH_BOUNCE),
		DMALOAD_PATH_BIT(DMALOAD_PATH_BUFFERED) };
	char path[4096];
	struct kit kit;
	size_t i;
	int cache;

	(void)state;
	snprintf(path, sizeof(path), "%s/dirty", place.dir);
	copy_file(pattern_path(MEDIUM), path);
	for (i = 0; i < 4; i++)
		for (cache = 0; cache < 3; cache++) {
			if ((paths[i] == paths[1] && !place.pinnable) ||
			    (cache == DMALOAD_CACHE_KEEP && i != 0 && i != 3))
				continue;
			kit_open(&kit, MEDIUM, MEDIUM);
			dmaload_file_close(kit.file);
			drop_cache(path);
			make_dirty(path);
			assert_int_equal(dmaload_file_open(&kit.file, path,
							   NULL), 0);
			must_load(&kit, (enum dmaload_cache)cache, paths[i]);
			check_is_file(&kit, path);
			kit_close(&kit);
		}
	unlink(path);
	drop_cache(pattern_path(MEDIUM));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warm_file),
		cmocka_unit_test(test_half_warm_file),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_dirty_pages),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("cached", tests, NULL, NULL);
}
