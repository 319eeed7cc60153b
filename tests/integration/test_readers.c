/* SPDX-License-Identifier: MIT */
/*
 * Other processes read the file before or during a load, with little or much
 * readahead. The load takes the path that it would take alone, and their pages
 * stay.
 */
#include "support.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tally.h"

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

/* Return false if the machine does not allow it. */
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

/* Read as head -c does. Return true if nothing failed. */
static bool read_some(const char *path, uint64_t length)
{
	char block[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	for (; length > 0 && n > 0; length -= (uint64_t)n)
		n = read(fd, block, length < sizeof(block) ? length :
						sizeof(block));
	close(fd);
	return n >= 0;
}

/* Let another process read: under the tally, each call of this one is stopped,
 * which takes milliseconds on an emulated processor. */
static void let_read_some(const char *path, uint64_t length)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(read_some(path, length) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Load, and return the tally, which has the dropped pages. */
static const struct tally *load(struct kit *kit, enum dmaload_cache cache)
{
	const uint64_t size = dmaload_file_size(kit->file);
	/* Fix the path: many loads into one buffer find out which of direct and
	 * bounce is faster, and readers would disturb that measurement. */
	const struct dmaload_options options = {
		.size = sizeof(options),
		.cache = cache,
		.paths = place.pinnable ?
			 DMALOAD_ALLOW_DIRECT | DMALOAD_ALLOW_BUFFERED : 0,
	};
	const struct dmaload_range range = {
		.file = kit->file, .buffer = kit->buffer,
		.length = DMALOAD_TO_END,
	};
	const struct tally *tally;
	int r;

	kit_guard(kit);
	tally_begin();
	r = dmaload_load(kit->ctx, &range, 1, &options, &kit->report, &kit->err);
	tally = tally_end();
	if (r < 0)
		fail_msg("%s", kit->err.message);
	kit_check(kit, 0, 0, size);
	return tally;
}

/* Check that the path is the one that the load would take alone, apart from
 * pages that are copied from the page cache. */
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

/* Pages were read before, and readahead has marked a page behind them. Nobody
 * else reads, so no page may appear, and none of theirs may be dropped. */
static void test_pages_of_earlier_readers_stay(void **state)
{
	static const uint64_t lengths[] = { 65536, 1000000, 20000000 };
	const char *path = alone_path(alone_large());
	struct resident before;
	const struct tally *tally;
	struct held held;
	struct kit kit;
	uint64_t length;
	unsigned i;

	(void)state;
	kit_open_alone(&kit, alone_large(), alone_large());
	for (i = 0; i < 3 * SIZES; i++) {
		const unsigned kib = set_readahead(sizes[i / 3]) ?
				     sizes[i / 3] : readahead_before;

		drop_cache(path);
		let_read_some(path, lengths[i % 3]);
		length = may_hold(lengths[i % 3]);
		hold(&held, path, 0, length);
		await_readahead(path);
		resident_see(&before, path);
		tally = load(&kit, DMALOAD_CACHE_AUTO);
		check_path(&kit, "read before", kib);
		/* A chunk is read from the disk if any of its pages is evicted
		 * meanwhile. Held pages cannot be evicted. */
		assert_true(kit.report.bytes_cached >= length / MIB * MIB);
		assert_false(tally_dropped(tally, 0, length));
		await_readahead(path);
		assert_int_equal(resident_new(&before, path), 0);
		resident_forget(&before);
		let_go(&held);
	}
	kit_close(&kit);
}

static pid_t start_reader(const char *path)
{
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	while (read_some(path, place.large))
		;
	_exit(1);
}

/* A process reads the file repeatedly. Its pages must not be dropped. */
static void test_pages_of_concurrent_readers_stay(void **state)
{
	const char *path = pattern_path(place.large);
	static const enum dmaload_cache caches[] = { DMALOAD_CACHE_AUTO,
						     DMALOAD_CACHE_BYPASS };
	const struct tally *tally;
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
		tally = load(&kit, caches[i % 2]);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		check_path(&kit, "read meanwhile", kib);
		assert_int_equal(tally->n_drops, 0);
	}
	kit_close(&kit);
	drop_cache(path);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_pages_of_earlier_readers_stay, tally_start,
			tally_stop),
		cmocka_unit_test_setup_teardown(
			test_pages_of_concurrent_readers_stay, tally_start,
			tally_stop),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("readers", tests, find_readahead,
					   restore_readahead);
}
