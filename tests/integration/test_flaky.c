/* SPDX-License-Identifier: MIT */
/*
 * A disk that fails now and then, or loses writes, in the middle of the file.
 * tests/guest/inside/bad-disk.sh sets up dm-flakey.
 *
 *   test_flaky MODE DIR SOURCE pinnable|pfnmap LARGE [ENGINE]
 *
 * MODE is "reads" (errors for a second, none for a second, and so on), "writes"
 * (the same for writes), or "drops" (writes succeed without effect).
 */
#include "support.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pattern.h"

#define BLOCK ((uint64_t)4096)
/* Both states occur within this time, if the disk changes at all. */
#define PATIENCE_S 60

/* The range around the flaky block, at the same place in file and buffer. */
static struct dmaload_range part_of(const struct kit *kit,
				    struct dmaload_file *file)
{
	const uint64_t start = place.large / 2 - 64 * BLOCK;

	return (struct dmaload_range){
		.file = file, .file_offset = start,
		.buffer = kit->buffer, .buffer_offset = start,
		.length = 128 * BLOCK,
	};
}

static int move(struct kit *kit, struct dmaload_file *file, bool store,
		uint32_t mask)
{
	const struct dmaload_options options = { .size = sizeof(options),
						 .paths = mask };
	const struct dmaload_range range = part_of(kit, file);

	if (store)
		return dmaload_store(kit->ctx, &range, 1, &options,
				     &kit->report, &kit->err);
	drop_cache(pattern_path(place.large));
	return dmaload_load(kit->ctx, &range, 1, &options, &kit->report,
			    &kit->err);
}

/* Check that the message names the file and the offset of a chunk with the
 * block. */
static void check_failure(const struct kit *kit, int r)
{
	const uint64_t bad = place.large / 2;
	const char *at = strstr(kit->err.message, "at offset ");
	unsigned long long offset = 0;

	if (r != -EIO || !strstr(kit->err.message, pattern_path(place.large)) ||
	    !at || sscanf(at, "at offset %llu", &offset) != 1)
		fail_msg("%d: %s", r, kit->err.message);
	if (offset > bad || offset + DMALOAD_CHUNK_DEFAULT <= bad)
		fail_msg("the bad block is at %" PRIu64 ": %s", bad,
			 kit->err.message);
}

/* Check that the requested engine was used, and the bytes. */
static void check_success(struct kit *kit, struct dmaload_file *file, bool store)
{
	const struct dmaload_range part = part_of(kit, file);
	const struct dmaload_report *report = &kit->report;

	if (report->bytes_direct + report->bytes_bounced > 0)
		assert_int_equal(report->engine, place.granted);
	if (!store)
		kit_check(kit, part.file_offset, part.buffer_offset,
			  part.length);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Move the same range with the same objects until it has failed twice, and
 * worked twice after a failure. */
static void come_and_go(struct kit *kit, struct dmaload_file *file, bool store,
			uint32_t mask)
{
	const time_t end = now() + PATIENCE_S;
	unsigned failed = 0, worked_after = 0;
	int r;

	while (failed < 2 || worked_after < 2) {
		if (now() > end)
			fail_msg("mask %u: %u failures, %u successes after one",
				 mask, failed, worked_after);
		r = move(kit, file, store, mask);
		if (r < 0) {
			check_failure(kit, r);
			failed++;
			continue;
		}
		check_success(kit, file, store);
		worked_after += failed > 0;
	}
}

static void test_loads_fail_only_while_the_disk_does(void **state)
{
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	for (i = 0; i < ALL_PATHS; i++)
		if (works_here(all_paths[i]))
			come_and_go(&kit, kit.file, false, all_paths[i]);
	kit_close(&kit);
}

static void test_stores_fail_only_while_the_disk_does(void **state)
{
	struct dmaload_file *file;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	kit_fill(&kit);
	assert_int_equal(dmaload_file_create(&file, pattern_path(place.large),
					     0, NULL), 0);
	for (i = 0; i < ALL_PATHS; i++)
		if (works_here(all_paths[i]))
			come_and_go(&kit, file, true, all_paths[i]);
	dmaload_file_close(file);
	kit_close(&kit);
}

static void flip(struct kit *kit, uint64_t at)
{
	assert_int_equal(dmaload_buffer_begin(kit->buffer, DMALOAD_ACCESS_WRITE,
					      NULL), 0);
	((unsigned char *)dmaload_buffer_map(kit->buffer))[at] ^= 1;
	assert_int_equal(dmaload_buffer_end(kit->buffer, DMALOAD_ACCESS_WRITE,
					    NULL), 0);
}

/* A store cannot notice this; a comparison does. */
static void test_a_comparison_notices_lost_writes(void **state)
{
	const uint64_t at = place.large / 2 + 77;
	struct dmaload_range range;
	struct dmaload_file *file;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	kit_fill(&kit);
	assert_int_equal(dmaload_file_create(&file, pattern_path(place.large),
					     0, NULL), 0);
	range = part_of(&kit, kit.file);
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		flip(&kit, at);
		if (move(&kit, file, true, all_paths[i]) < 0)
			fail_msg("%s", kit.err.message);
		drop_cache(pattern_path(place.large));
		assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL,
						&kit.err), -EBADMSG);
		flip(&kit, at);
		assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL,
						&kit.err), 0);
	}
	dmaload_file_close(file);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		{ "reads", test_loads_fail_only_while_the_disk_does, NULL, NULL, NULL },
		{ "writes", test_stores_fail_only_while_the_disk_does, NULL, NULL, NULL },
		{ "drops", test_a_comparison_notices_lost_writes, NULL, NULL, NULL },
	};
	size_t i;

	if (argc < 2 || !place_from(argc - 1, argv + 1))
		return 2;
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (strcmp(argv[1], tests[i].name) == 0)
			return _cmocka_run_group_tests("flaky", &tests[i], 1,
						       NULL, NULL);
	return 2;
}
