/* SPDX-License-Identifier: MIT */
/*
 * Others read the file before a load, or while it goes on, with little readahead and
 * with much: the load goes the way that it would go alone, and their pages stay.
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static char readahead_path[128];
static unsigned readahead_before;

static unsigned get_readahead(void)
{
	unsigned kib = 0;
	FILE *file = fopen(readahead_path, "re");

	if (!file)
		return 0;
	if (fscanf(file, "%u", &kib) != 1)
		kib = 0;
	fclose(file);
	return kib;
}

/* False where the machine does not let us. */
static bool set_readahead(unsigned kib)
{
	FILE *file = fopen(readahead_path, "we");
	bool set = file && fprintf(file, "%u\n", kib) > 0;

	if (file)
		set &= fclose(file) == 0;
	return set;
}

static int find_readahead(void **state)
{
	struct stat st;

	(void)state;
	if (stat(pattern_path(place.large), &st) < 0)
		return -1;
	snprintf(readahead_path, sizeof(readahead_path),
		 "/sys/class/bdi/%u:%u/read_ahead_kb", major(st.st_dev),
		 minor(st.st_dev));
	if (access(readahead_path, F_OK) < 0)
		snprintf(readahead_path, sizeof(readahead_path),
			 "/sys/dev/block/%u:%u/../queue/read_ahead_kb",
			 major(st.st_dev), minor(st.st_dev));
	readahead_before = get_readahead();
	return 0;
}

static int restore_readahead(void **state)
{
	(void)state;
	set_readahead(readahead_before);
	return 0;
}

/* DAMON takes pages away that nobody has used for a while. */
static bool pages_stay(void)
{
	char path[300], name[32];
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	bool found = false;
	FILE *file;

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		found = fgets(name, sizeof(name), file) &&
			strncmp(name, "kdamond", 7) == 0;
		fclose(file);
	}
	if (dir)
		closedir(dir);
	return !found;
}

/* As head -c does. */
static void read_some(const char *path, uint64_t length)
{
	char block[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	assert_true(fd >= 0);
	for (; length > 0 && n > 0; length -= (uint64_t)n) {
		n = read(fd, block, length < sizeof(block) ? length :
						sizeof(block));
		assert_true(n >= 0);
	}
	close(fd);
}

/* What readahead is still reading is not counted. */
static uint64_t settled(const char *path)
{
	uint64_t now = cached_bytes(path), last;

	do {
		last = now;
		usleep(20000);
		now = cached_bytes(path);
	} while (now != last);
	return now;
}

/* Keeps the first bytes of a file in memory, whatever the machine does. */
static void *hold(const char *path, uint64_t length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);

	assert_true(fd >= 0 && map != MAP_FAILED);
	assert_int_equal(mlock(map, length), 0);
	close(fd);
	return map;
}

static void load(struct kit *kit, enum dmaload_cache cache)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .cache = cache };
	const struct dmaload_range range = {
		.file = kit->file, .buffer = kit->buffer,
		.length = DMALOAD_TO_END,
	};

	kit_guard(kit);
	if (dmaload_load(kit->ctx, &range, 1, &options, &kit->report,
			 &kit->err) < 0)
		fail_msg("%s", kit->err.message);
	kit_check(kit, 0, 0, place.large);
}

/* All by the path that it would take alone, and what is copied from the page cache. */
static void check_path(const struct kit *kit, const char *what, unsigned kib)
{
	const struct dmaload_report *report = &kit->report;
	const enum dmaload_path path = place.pinnable ? DMALOAD_PATH_DIRECT :
							DMALOAD_PATH_BOUNCE;

	print_message("%s, %u KiB ahead: %" PRIu64 " direct, %" PRIu64
		      " bounced, %" PRIu64 " cached\n", what, kib,
		      report->bytes_direct, report->bytes_bounced,
		      report->bytes_cached);
	if (report->bytes_buffered > 0 || report->declined[path][0])
		fail_msg("%s, %u KiB ahead: %" PRIu64 " bytes buffered; %s",
			 what, kib, report->bytes_buffered,
			 report->declined[path]);
	assert_int_equal(report->cache_residue_bytes, 0);
}

static const unsigned sizes[] = { 128, 512, 4096, 8192 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Some have been read, and their readahead has marked a page behind them. */
static void test_before(void **state)
{
	static const uint64_t lengths[] = { 65536, 1000000, 20000000 };
	const char *path = pattern_path(place.large);
	struct kit kit;
	uint64_t before;
	void *held;
	unsigned i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	for (i = 0; i < 3 * SIZES; i++) {
		const unsigned kib = set_readahead(sizes[i / 3]) ?
				     sizes[i / 3] : readahead_before;

		drop_cache(path);
		read_some(path, lengths[i % 3]);
		settled(path);
		held = hold(path, lengths[i % 3]);
		before = settled(path);
		load(&kit, DMALOAD_CACHE_AUTO);
		check_path(&kit, "read before", kib);
		/* Less than a quarter of a chunk is read along with the rest. */
		if (lengths[i % 3] >= MIB / 4)
			assert_true(kit.report.bytes_cached >=
				    lengths[i % 3] / 4096 * 4096);
		/* Nothing has appeared, and what is held was not dropped. */
		assert_true(settled(path) <= before);
		assert_true(cached_bytes(path) >= lengths[i % 3]);
		munmap(held, lengths[i % 3]);
	}
	kit_close(&kit);
	drop_cache(path);
}

static pid_t start_reader(const char *path)
{
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	for (;;)
		read_some(path, place.large);
}

/* One reads it again and again; his pages stay where the machine lets them. */
static void test_meanwhile(void **state)
{
	const char *path = pattern_path(place.large);
	static const enum dmaload_cache caches[] = { DMALOAD_CACHE_AUTO,
						     DMALOAD_CACHE_BYPASS };
	struct kit kit;
	unsigned i;
	int status;
	pid_t pid;

	(void)state;
	kit_open(&kit, place.large, place.large);
	for (i = 0; i < 2 * SIZES; i++) {
		const unsigned kib = set_readahead(sizes[i / 2]) ?
				     sizes[i / 2] : readahead_before;

		drop_cache(path);
		pid = start_reader(path);
		load(&kit, caches[i % 2]);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		check_path(&kit, "read meanwhile", kib);
	}
	/* Here nobody but a load that is wrong takes anything away. */
	if (pages_stay()) {
		drop_cache(path);
		read_some(path, place.large / 2);
		for (i = 0; i < 4; i++) {
			const uint64_t before = settled(path);

			load(&kit, caches[i % 2]);
			assert_int_equal(settled(path), before);
		}
	}
	kit_close(&kit);
	drop_cache(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_meanwhile),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("readers", tests, find_readahead,
					   restore_readahead);
}
