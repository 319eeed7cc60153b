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

#include "tally.h"

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

/* The same, with the calls watched. */
static const struct tally *watch_load(struct kit *kit, enum dmaload_cache cache,
				      uint32_t paths)
{
	const struct tally *tally;
	int r;

	tally_begin();
	r = load(kit, cache, paths);
	tally = tally_end();
	if (r < 0)
		fail_msg("%s", kit->err.message);
	return tally;
}

/* Return the path of the file that nobody else reads. */
static const char *path_alone(void)
{
	return alone_path(alone_large());
}

/* Resident pages are copied from there and stay; a load that goes past the page
 * cache does not read them there. */
static void test_warm_file(void **state)
{
	const uint64_t size = may_hold(MEDIUM);
	const struct tally *tally;
	struct held held;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, size, size);
	hold(&held, alone_path(size), 0, size);
	tally = watch_load(&kit, DMALOAD_CACHE_AUTO, 0);
	kit_check(&kit, 0, 0, size);
	assert_int_equal(kit.report.bytes_cached, size);
	assert_int_equal(dmaload_report_path(&kit.report), DMALOAD_PATH_CACHED);
	assert_int_equal(kit.report.cache_before_bytes, size);
	assert_int_equal(kit.report.cache_residue_bytes, 0);
	assert_false(tally_dropped(tally, 0, size));

	kit_guard(&kit);
	tally = watch_load(&kit, DMALOAD_CACHE_BYPASS, 0);
	kit_check(&kit, 0, 0, size);
	assert_int_equal(kit.report.bytes_cached, 0);
	assert_int_equal(kit.report.bytes_buffered, 0);
	assert_false(tally_dropped(tally, 0, size));
	let_go(&held);
	kit_close(&kit);
}

/* Read with all the readahead that the kernel likes, which marks pages: to read
 * those again sets off more. Where its end cannot be seen, without any. */
static void warm(const char *path, uint64_t from, uint64_t length)
{
	char *block = malloc(MIB);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(block && fd >= 0);
	if (!readahead_shows(path))
		assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
	for (; length > 0; from += MIB, length -= MIB)
		assert_int_equal(pread(fd, block, MIB, (off_t)from), MIB);
	close(fd);
	free(block);
}

/* Two parts are resident, and what readahead makes of them; of each, a part is
 * held, which is long enough to be copied. */
struct half_warm {
	struct held held[2];
	struct resident before;
};

#define HELD MIB

static void half_warm_begin(struct half_warm *half)
{
	warm(path_alone(), 3 * MIB, 5 * MIB);
	warm(path_alone(), 20 * MIB, 9 * MIB);
	hold(&half->held[0], path_alone(), 4 * MIB, HELD);
	hold(&half->held[1], path_alone(), 21 * MIB, HELD);
	if (readahead_shows(path_alone()))
		await_readahead(path_alone());
	resident_see(&half->before, path_alone());
}

/* Pages that were there have stayed, as far as it was up to the load: nobody
 * dropped those that are certain to have been there. No others have come; nor
 * has readahead. */
static void half_warm_end(struct half_warm *half, const struct tally *tally)
{
	assert_false(tally_dropped(tally, 4 * MIB, HELD));
	assert_false(tally_dropped(tally, 21 * MIB, HELD));
	assert_int_equal(resident_new(&half->before, path_alone()), 0);
	resident_forget(&half->before);
	let_go(&half->held[0]);
	let_go(&half->held[1]);
}

static void test_half_warm_file(void **state)
{
	const struct tally *tally;
	struct half_warm half;
	struct kit kit;
	uint64_t round;
	int r;

	(void)state;
	for (round = 0; round < 3; round++) {
		kit_open_alone(&kit, alone_large(), alone_large());
		half_warm_begin(&half);
		tally_begin();
		/* Only a part is wanted, and it ends where readahead was about to
		 * begin. */
		if (round == 2)
			r = kit_load(&kit, 4 * MIB, 0, 4 * MIB, 0);
		else
			r = load(&kit, DMALOAD_CACHE_AUTO, round ?
				 DMALOAD_ALLOW_BUFFERED : 0);
		tally = tally_end();
		assert_int_equal(r, 0);
		kit_check(&kit, round == 2 ? 4 * MIB : 0, 0,
			  round == 2 ? 4 * MIB : alone_large());
		assert_true(kit.report.bytes_cached >= HELD);
		assert_true(kit.report.cache_before_bytes >= HELD);
		assert_int_equal(kit.report.cache_residue_bytes, 0);
		half_warm_end(&half, tally);
		kit_close(&kit);
	}
}

/* A load that keeps goes through the page cache and leaves the pages alone
 * there. How long it stays is up to the kernel: once is enough to see that it
 * does. */
static void test_keep(void **state)
{
	const uint64_t size = MIB + (uint64_t)sysconf(_SC_PAGESIZE);
	const char *path = alone_path(size);
	const struct tally *tally;
	struct held held;
	struct kit kit;
	unsigned tries = 1000;

	(void)state;
	do {
		kit_open_alone(&kit, size, size);
		tally = watch_load(&kit, DMALOAD_CACHE_KEEP, 0);
		kit_check(&kit, 0, 0, size);
		assert_int_equal(kit.report.bytes_buffered, size);
		assert_false(tally_dropped(tally, 0, size));
		if (kit.report.cache_residue_bytes == size &&
		    cached_bytes(path) == size)
			break;
		kit_close(&kit);
	} while (--tries > 0);
	assert_true(tries > 0);

	hold(&held, path, 0, size);
	must_load(&kit, DMALOAD_CACHE_AUTO, 0);
	assert_int_equal(kit.report.bytes_cached, size);
	assert_int_equal(load(&kit, DMALOAD_CACHE_KEEP,
			      DMALOAD_ALLOW_BOUNCE), -EINVAL);
	assert_int_equal(load(&kit, (enum dmaload_cache)3, 0), -EINVAL);
	let_go(&held);
	kit_close(&kit);
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

static void test_dirty_pages(void **state)
{
	static const uint32_t paths[] = { 0,
		DMALOAD_ALLOW_DIRECT,
		DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED };
	char path[4096];
	struct kit kit;
	size_t i;
	int cache;

	(void)state;
	snprintf(path, sizeof(path), "%s/dirty", place.dir);
	copy_file(pattern_path(MEDIUM), path, MEDIUM);
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
		cmocka_unit_test_setup_teardown(test_warm_file, tally_start,
						tally_stop),
		cmocka_unit_test_setup_teardown(test_half_warm_file, tally_start,
						tally_stop),
		cmocka_unit_test_setup_teardown(test_keep, tally_start,
						tally_stop),
		cmocka_unit_test(test_dirty_pages),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("cached", tests, NULL, NULL);
}
