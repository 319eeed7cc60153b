/* SPDX-License-Identifier: MIT */
/*
 * All other tests rely on this while disturb.c runs: pages of files with a name
 * come and go, pages of files without a name only go, and held pages stay.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "tally.h"

#define MIB ((uint64_t)1 << 20)
#define SIZE (16 * MIB)
#define PATIENCE_S 120

/* Wait for something that another process does. */
#define AWAIT(condition) do {						\
	const time_t end = time(NULL) + PATIENCE_S;			\
									\
	while (!(condition)) {						\
		assert_true(time(NULL) < end);				\
		usleep(500);						\
	}								\
} while (0)

static void read_file(const char *path)
{
	static char block[MIB];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t at;

	assert_true(fd >= 0);
	for (at = 0; at < SIZE; at += MIB)
		assert_int_equal(pread(fd, block, MIB, (off_t)at), MIB);
	close(fd);
}

/* Wait until pages appear of a file that this process has not read, and all of
 * them disappear. */
static void await_coming_and_going(const char *path)
{
	AWAIT(cached_bytes(path) > 0);
	AWAIT(cached_bytes(path) == 0);
}

static void test_named_files_are_read_and_evicted(void **state)
{
	const char *path = pattern_path(SIZE);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	drop_cache(path);
	await_coming_and_going(path);
	read_file(path);
	AWAIT(cached_bytes(path) == 0);
	close(fd);
}

static void test_nobody_reads_a_file_without_a_name(void **state)
{
	const char *named = pattern_path(SIZE), *alone = alone_path(SIZE);
	int fd = open(named, O_RDONLY | O_CLOEXEC), i;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(cached_bytes(alone), 0);
	for (i = 0; i < 10; i++) {
		await_coming_and_going(named);
		assert_int_equal(cached_bytes(alone), 0);
	}
	read_file(alone);
	AWAIT(cached_bytes(alone) == 0);
	close(fd);
}

static void test_held_pages_stay(void **state)
{
	const uint64_t size = may_hold(SIZE / 4);
	const char *path = alone_path(SIZE);
	struct resident before;
	struct held held;
	int i;

	(void)state;
	drop_cache(path);
	hold(&held, path, MIB, size);
	assert_int_equal(cached_bytes(path), size);
	resident_see(&before, path);
	for (i = 0; i < 10; i++) {
		read_file(path);
		AWAIT(cached_bytes(path) == size);
		assert_int_equal(resident_new(&before, path), 0);
	}
	resident_forget(&before);
	let_go(&held);
	AWAIT(cached_bytes(path) == 0);
}

static void test_drops_are_seen(void **state)
{
	const char *path = alone_path(SIZE);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct tally *tally;

	(void)state;
	assert_true(fd >= 0);
	tally_begin();
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	posix_fadvise(fd, MIB, 8192, POSIX_FADV_DONTNEED);
	tally = tally_end();
	assert_false(tally_dropped(tally, 0, MIB));
	assert_true(tally_dropped(tally, MIB, 1));
	assert_true(tally_dropped(tally, MIB + 8191, 4096));
	assert_false(tally_dropped(tally, MIB + 8192, 4096));
	tally_begin();
	posix_fadvise(fd, 2 * MIB, 0, POSIX_FADV_DONTNEED);
	tally = tally_end();
	assert_false(tally_dropped(tally, 0, 2 * MIB));
	assert_true(tally_dropped(tally, SIZE, 1));
	close(fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named_files_are_read_and_evicted),
		cmocka_unit_test(test_nobody_reads_a_file_without_a_name),
		cmocka_unit_test(test_held_pages_stay),
		cmocka_unit_test_setup_teardown(test_drops_are_seen, tally_start,
						tally_stop),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("disturbed", tests, NULL, NULL);
}
