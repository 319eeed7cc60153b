/* SPDX-License-Identifier: MIT */
/*
 * How the bounce pool lies in memory: a read of 1 MiB into it takes one segment of a request for
 * each run of contiguous pages. Root may set which folios the kernel uses, and see the runs.
 */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define THP "/sys/kernel/mm/transparent_hugepage/"
/* As large as a slot of the pool. */
#define SLOT DMALOAD_CHUNK_DEFAULT
#define POOL (SLOT * (uint64_t)DMALOAD_DEPTH_DEFAULT)
/* Free memory may be scattered for a while. */
#define TRIES 20
/* The segments that a request to most disks may have. */
#define SEGMENTS 254

/* All sizes of folios, in KiB; a kernel has some of them. */
static const unsigned sizes[] = { 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768,
				  65536, 131072, 262144, 524288 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static bool write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Return false if the kernel has no folios of this size. */
static bool allow(unsigned kib, const char *word)
{
	char path[128];

	snprintf(path, sizeof(path), THP "hugepages-%ukB/enabled", kib);
	return write_text(path, word);
}

/* Allow folios of one size only; 0: none. */
static bool allow_only(unsigned kib)
{
	bool found = kib == 0;
	size_t i;

	for (i = 0; i < SIZES; i++)
		found |= allow(sizes[i], sizes[i] == kib ? "madvise" : "never") &&
			 sizes[i] == kib;
	return found;
}

/* Find the pool: of the mappings that are not for children of fork(), the one with its memory. */
static uint64_t pool_address(void)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long long from = 0, begin, end, rss = 0;
	uint64_t found = 0;
	char line[512];

	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%llx-%llx ", &begin, &end) == 2)
			from = begin;
		sscanf(line, "Rss: %llu kB", &rss);
		if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " dc") && strstr(line, " hg") &&
		    rss * 1024 >= POOL)
			found = from;
	}
	fclose(smaps);
	assert_true(found > 0);
	return found;
}

static uint64_t frame_of(int pagemap, uint64_t address)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t entry;

	assert_int_equal(pread(pagemap, &entry, sizeof(entry), (off_t)(address / page * 8)), 8);
	return entry >> 63 ? entry & (((uint64_t)1 << 55) - 1) : 0;
}

/* Return the largest number of runs in a slot. */
static unsigned runs_of(uint64_t address)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned most = 0, runs = 0;
	uint64_t at, frame, last = 0;

	assert_true(pagemap >= 0);
	/* The spare part of the mapping is not populated. */
	while (frame_of(pagemap, address) == 0)
		address += page;
	for (at = 0; at < POOL; at += page) {
		frame = frame_of(pagemap, address + at);
		assert_true(frame > 0);
		runs = at % SLOT == 0 ? 1 : runs + (frame != last + 1);
		most = runs > most ? runs : most;
		last = frame;
	}
	close(pagemap);
	return most;
}

static unsigned runs_of_a_new_pool(void)
{
	struct kit kit;
	unsigned runs;

	kit_open(&kit, 33554433, 33554433);
	assert_int_equal(kit_load_past(&kit, 0, 0, 12 * MIB, DMALOAD_ALLOW_BOUNCE), 0);
	assert_int_equal(kit.report.bytes_bounced, 12 * MIB);
	assert_int_equal(kit.report.pinned_bytes, POOL);
	runs = runs_of(pool_address());
	kit_close(&kit);
	return runs;
}

static void test_folios_of_each_size(void **state)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t expected;
	unsigned runs, tries, tried = 0;
	size_t i;

	(void)state;
	for (i = 0; i < SIZES && sizes[i] <= 2048; i++) {
		if (sizes[i] * 1024 <= page || !allow_only(sizes[i]))
			continue;
		expected = SLOT / 1024 / sizes[i];
		expected = expected > 0 ? expected : 1;
		runs = runs_of_a_new_pool();
		for (tries = 1; runs > expected && tries < TRIES; tries++) {
			write_text("/proc/sys/vm/compact_memory", "1");
			runs = runs_of_a_new_pool();
		}
		print_message("folios of %u KiB: %u runs in 1 MiB\n", sizes[i], runs);
		assert_true(runs <= expected);
		tried++;
	}
	assert_true(tried > 0);
}

/* Without any, larger pages are enough for one request. */
static void test_no_folios(void **state)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned runs;

	(void)state;
	assert_true(allow_only(0));
	runs = runs_of_a_new_pool();
	print_message("pages of %llu KiB: %u runs in 1 MiB\n", (unsigned long long)page / 1024,
		      runs);
	assert_true(runs <= SLOT / page);
	if (page > 4096)
		assert_true(runs <= SEGMENTS);
}

/* The kernel's own settings. */
static int restore(void **state)
{
	FILE *file = fopen(THP "hpage_pmd_size", "re");
	unsigned bytes = 0;
	size_t i;

	(void)state;
	assert_true(file && fscanf(file, "%u", &bytes) == 1);
	fclose(file);
	for (i = 0; i < SIZES; i++)
		allow(sizes[i], sizes[i] == bytes / 1024 ? "inherit" : "never");
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folios_of_each_size),
		cmocka_unit_test(test_no_folios),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("contiguous", tests, NULL, restore);
}
