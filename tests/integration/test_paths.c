/* SPDX-License-Identifier: MIT */
/*
 * Load real files from a real disk into a real buffer by every path: the right
 * bytes, nothing else written, nothing in the page cache, a true report.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tally.h"
#include "verify_and_probe.h"

#define MIB ((uint64_t)1 << 20)
#define DIRECT DMALOAD_ALLOW_DIRECT
#define BOUNCE DMALOAD_ALLOW_BOUNCE
#define BUFFERED DMALOAD_ALLOW_BUFFERED
#define BY_ITSELF 0u

/* Check that the report is right and adds up. */
static void check_report(const struct kit *kit, uint64_t length, uint32_t paths)
{
	const struct dmaload_report *report = &kit->report;

	assert_int_equal(report->bytes_total, length);
	assert_int_equal(report->bytes_direct + report->bytes_bounced +
			 report->bytes_buffered, length);
	assert_true(report->pinned_bytes <= DMALOAD_POOL_MAX + (1 << 16));
	assert_true(report->total_ns > 0 && report->reads > 0);

	assert_int_equal(report->engine, kit_has_engine(report) ?
			 place.granted : DMALOAD_ENGINE_AUTO);
	if (kit_has_engine(report) && place.engine != DMALOAD_ENGINE_THREADS &&
	    place.granted == DMALOAD_ENGINE_THREADS)
		assert_non_null(strstr(report->engine_declined,
				       place.declined));
	else
		assert_string_equal(report->engine_declined, "");
	if (paths == BUFFERED)
		assert_int_equal(report->bytes_buffered, length);
	else
		assert_int_equal(report->bytes_buffered, 0);
	if (paths == BOUNCE || (paths == BY_ITSELF && !place.pinnable))
		assert_int_equal(report->bytes_bounced, length);
	if (paths == BY_ITSELF && !place.pinnable)
		assert_non_null(strstr(report->declined[DMALOAD_PATH_DIRECT],
				       "cannot be pinned"));
	if (paths == BY_ITSELF && place.pinnable)
		assert_string_equal(report->declined[DMALOAD_PATH_DIRECT], "");
	/* An aligned direct load bounces only the last block. */
	if ((paths == DIRECT || paths == BY_ITSELF) && place.pinnable)
		assert_true(report->bytes_bounced < 2 * 4096);
}

/* Load a whole file by each path. The buffer is a page longer than needed. */
static void test_whole_files(void **state)
{
	const uint64_t size = *(const uint64_t *)*state;
	const struct dmaload_report *report;
	struct kit kit;
	size_t i;

	kit_open_alone(&kit, size, size + 4096);
	report = &kit.report;
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		drop_cache(alone_path(size));
		kit_guard(&kit);
		if (kit_load(&kit, 0, 0, DMALOAD_TO_END, all_paths[i]) < 0)
			fail_msg("path mask %u: %s", all_paths[i],
				 kit.err.message);
		kit_check(&kit, 0, 0, size);
		check_report(&kit, size, all_paths[i]);
		assert_int_equal(report->cache_before_bytes, 0);
		assert_int_equal(report->cache_residue_bytes, 0);
		assert_int_equal(cached_bytes(alone_path(size)), 0);
	}
	kit_close(&kit);
}

/* Other processes may be reading the file. A load that bypasses the page cache
 * ignores their pages; one that does not uses them. */
static void test_files_that_others_read(void **state)
{
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		kit_guard(&kit);
		if (kit_load_past(&kit, 0, 0, DMALOAD_TO_END, all_paths[i]) < 0)
			fail_msg("path mask %u: %s", all_paths[i],
				 kit.err.message);
		kit_check(&kit, 0, 0, place.large);
		check_report(&kit, place.large, all_paths[i]);
	}
	kit_guard(&kit);
	assert_int_equal(kit_load(&kit, 0, 0, DMALOAD_TO_END, BY_ITSELF), 0);
	kit_check(&kit, 0, 0, place.large);
	assert_int_equal(kit.report.bytes_buffered, 0);
	assert_int_equal(kit.report.bytes_direct + kit.report.bytes_bounced +
			 kit.report.bytes_cached, place.large);
	kit_close(&kit);
}

struct part {
	uint64_t file_offset;
	uint64_t buffer_offset;
	uint64_t length;
};

/* Heads, tails, single bytes, and a range that fits no alignment. */
static const struct part parts[] = {
	{ 0, 0, 1 },
	{ 1, 1, 1 },
	{ 4095, 4095, 2 },
	{ 511, 511, 4097 },
	{ 1, 1, 3 * MIB },
	{ 4096, 0, 2 * MIB },
	{ 3 * MIB - 1, 4095, 2 * MIB + 2 },
	{ 5 * MIB + 512, 512, 9 * MIB + 513 },
	{ 7 * MIB, 12345, 4 * MIB },
	{ 1000003, 3, 10 * MIB + 7 },
};

static bool is_congruent(const struct part *part)
{
	return part->file_offset % 4096 == part->buffer_offset % 4096;
}

static void test_parts_of_a_file(void **state)
{
	const struct part *part = *state;
	struct kit kit;
	size_t i;

	kit_open_alone(&kit, alone_large(), 16 * MIB);
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]) ||
		    (all_paths[i] == DIRECT && !is_congruent(part)))
			continue;
		drop_cache(alone_path(alone_large()));
		kit_guard(&kit);
		if (kit_load(&kit, part->file_offset, part->buffer_offset,
			     part->length, all_paths[i]) < 0)
			fail_msg("path mask %u: %s", all_paths[i],
				 kit.err.message);
		kit_check(&kit, part->file_offset, part->buffer_offset,
			  part->length);
		assert_int_equal(cached_bytes(alone_path(alone_large())), 0);
	}
	kit_close(&kit);
}

/* The last bytes of the largest file: the read extends beyond its end. */
static void test_end_of_file(void **state)
{
	const uint64_t size = 1048577, from = 1044480;
	struct kit kit;

	(void)state;
	kit_open(&kit, size, 16384);
	assert_int_equal(kit_load(&kit, from, 0, DMALOAD_TO_END, 0), 0);
	kit_check(&kit, from, 0, size - from);
	kit_close(&kit);
}

#define HELD 3

static uint64_t place_of_held(size_t i)
{
	const uint64_t places[HELD] = { page_size(), 5 * MIB, 9 * MIB + 2 * page_size() };

	return places[i];
}

/*
 * Pages of other processes stay in the page cache on each path, and no others
 * come. A held page stays in any case, so the system calls are checked.
 */
static void test_resident_pages_stay(void **state)
{
	const char *path = alone_path(alone_large());
	const struct tally *tally;
	struct held held[HELD];
	struct kit kit;
	size_t i, n;
	int r;

	(void)state;
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		kit_open_alone(&kit, alone_large(), 16 * MIB);
		for (n = 0; n < HELD; n++)
			hold(&held[n], path, place_of_held(n), page_size());
		assert_int_equal(cached_bytes(path), HELD * page_size());

		tally_begin();
		r = kit_load(&kit, 0, 0, 12 * MIB, all_paths[i]);
		tally = tally_end();
		assert_int_equal(r, 0);
		kit_check(&kit, 0, 0, 12 * MIB);
		assert_int_equal(kit.report.cache_before_bytes, HELD * page_size());
		assert_int_equal(kit.report.cache_residue_bytes, 0);
		assert_int_equal(cached_bytes(path), HELD * page_size());
		for (n = 0; n < HELD; n++) {
			assert_false(tally_dropped(tally, place_of_held(n),
						   page_size()));
			let_go(&held[n]);
		}
		kit_close(&kit);
	}
}

static uint64_t sizes[] = {
	1, 511, 512, 4095, 4096, 4097, 1048575, 1048576, 1048577, 0,
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

int main(int argc, char **argv)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_end_of_file),
		cmocka_unit_test(test_files_that_others_read),
		cmocka_unit_test_setup_teardown(test_resident_pages_stay, tally_start,
						tally_stop),
	};
	struct CMUnitTest tests[N(sizes) + N(parts) + N(single)] = { 0 };
	char names[N(sizes) + N(parts)][64];
	size_t n = 0, i;

	if (!place_from(argc, argv))
		return 2;
	sizes[N(sizes) - 1] = alone_large();
	for (i = 0; i < N(sizes); i++, n++) {
		snprintf(names[n], sizeof(names[n]), "whole file of %" PRIu64,
			 sizes[i]);
		tests[n] = (struct CMUnitTest){ .name = names[n],
			.test_func = test_whole_files, .initial_state = &sizes[i] };
	}
	for (i = 0; i < N(parts); i++, n++) {
		snprintf(names[n], sizeof(names[n]),
			 "%" PRIu64 " bytes at %" PRIu64 " to %" PRIu64,
			 parts[i].length, parts[i].file_offset,
			 parts[i].buffer_offset);
		tests[n] = (struct CMUnitTest){ .name = names[n],
			.test_func = test_parts_of_a_file,
			.initial_state = (void *)&parts[i] };
	}
	memcpy(&tests[n], single, sizeof(single));
	return _cmocka_run_group_tests("paths", tests, n + N(single), NULL,
				       NULL) + verify_and_probe();
}
