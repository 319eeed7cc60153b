/* SPDX-License-Identifier: MIT */
/*
 * A disk with a bad block in the middle of the file. Each path reports the file
 * and the offset, and everything else still works. tests/guest/inside/bad-disk.sh
 * makes the block bad, at half of the file.
 */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void load_and_fail(struct kit *kit, uint32_t mask)
{
	const uint64_t half = place.large / 2;

	drop_cache(pattern_path(place.large));
	kit_guard(kit);
	assert_int_equal(kit_load(kit, 0, 4096, DMALOAD_TO_END, mask), -EIO);
	assert_int_equal(kit->err.code, -EIO);
	assert_non_null(strstr(kit->err.message, pattern_path(place.large)));
	/* The failed read begins at most a chunk before the bad block. */
	assert_in_range(kit_offset_told(kit), half - DMALOAD_CHUNK_DEFAULT, half);
	assert_int_equal(kit->report.cache_residue_bytes, 0);
	assert_int_equal(cached_bytes(pattern_path(place.large)), 0);
}

/* Load the bytes before and after the bad block, with the same objects. */
static void load_the_rest(struct kit *kit, uint32_t mask)
{
	const uint64_t half = place.large / 2, good = half - 4096;

	kit_guard(kit);
	assert_int_equal(kit_load(kit, 0, 4096, good, mask), 0);
	kit_check(kit, 0, 4096, good);
	kit_guard(kit);
	assert_int_equal(kit_load(kit, half + 8192, 0, good - 8192, mask), 0);
	kit_check(kit, half + 8192, 0, good - 8192);
}

static void test_a_bad_block_fails_only_its_load(void **state)
{
	struct kit kit;
	size_t i;

	(void)state;
	for (i = 0; i < ALL_PATHS; i++) {
		if (!works_here(all_paths[i]))
			continue;
		kit_open(&kit, place.large, place.large + 8192);
		load_and_fail(&kit, all_paths[i]);
		load_the_rest(&kit, all_paths[i]);
		kit_close(&kit);
	}
}

static void test_a_comparison_reports_the_bad_block(void **state)
{
	struct dmaload_range range = { .length = 4096 };
	struct kit kit;

	(void)state;
	kit_open(&kit, place.large, place.large);
	range.file = kit.file;
	range.buffer = kit.buffer;
	/* The buffer was not loaded. So readable bytes differ, and the bad
	 * block is an error. */
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL, &kit.err),
			 -EBADMSG);
	range.file_offset = place.large / 2;
	assert_int_equal(dmaload_verify(kit.ctx, &range, 1, NULL, NULL, &kit.err),
			 -EIO);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bad_block_fails_only_its_load),
		cmocka_unit_test(test_a_comparison_reports_the_bad_block),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("bad-disk", tests, NULL, NULL);
}
