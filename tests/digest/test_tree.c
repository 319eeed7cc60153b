/* SPDX-License-Identifier: MIT */
/*
 * The digest of fs-verity: pieces that are wrong are refused, and the memory
 * has a bound. test_programs.c compares the results.
 */
#include "kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of the records and of the array, as malloc() rounds them. */
#define RECORD (BLOCK + 64)
#define SMALL ((size_t)4096)

static unsigned char *bytes;

static int setup(void **state)
{
	(void)state;
	bytes = kit_bytes(2 * GROUP + 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

static struct dmaload_digest *create(void)
{
	return kit_create("fsverity", 1);
}

/* What "fsverity digest" prints for the bytes: of one block, of one group, and of
 * three. */
static const struct {
	size_t length;
	const char *text;
} known[] = {
	{ 1, "fsverity:"
	  "bb9910dd137425c4ca80d3b88cd9a0d5f40b4ac375ff8f2ab16912648ae22dbe" },
	{ 5000, "fsverity:"
	  "c9e1b156c24ef40544f8af847da639f76c3b6d0527fd19ec52f4b47ea946bc71" },
	{ 2 * GROUP + 1, "fsverity:"
	  "997e961392ede5d2dfd44c3d4d8c587436796bb89364782eec4871381581fb58" },
};

static void test_known(void **state)
{
	const struct kit_cut cut = { 3 * BLOCK, false, SIZE_MAX };
	struct dmaload_digest *digest;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		digest = create();
		assert_int_equal(kit_feed(digest, 0, bytes, known[i].length,
					  &cut), 0);
		kit_expect(digest, known[i].text);
	}
}

static void test_missing(void **state)
{
	struct dmaload_digest *digest = create();

	(void)state;
	assert_int_equal(kit_give(digest, 0, BLOCK, bytes, BLOCK), 0);
	kit_expect_failure(digest, -ENODATA, "only 1 of 2 blocks");

	/* A group that nothing came of. */
	digest = create();
	assert_int_equal(kit_give(digest, 0, 2 * GROUP, bytes, GROUP), 0);
	kit_expect_failure(digest, -ENODATA, "only 128 of 384 blocks");
}

static void test_twice(void **state)
{
	struct dmaload_digest *digest = create();

	(void)state;
	assert_int_equal(kit_give(digest, 0, 0, bytes, 2 * BLOCK), 0);
	assert_int_equal(kit_give(digest, 0, BLOCK, bytes, BLOCK), -EINVAL);
	/* The first failure is the one that is reported. */
	assert_int_equal(kit_give(digest, 0, 100, bytes, BLOCK), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "came twice");

	/* In a group that is complete, and all of an incomplete one. */
	digest = create();
	assert_int_equal(kit_give(digest, 0, 0, bytes, GROUP), 0);
	assert_int_equal(kit_give(digest, 0, 0, bytes, BLOCK), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "came twice");
	digest = create();
	assert_int_equal(kit_give(digest, 0, 0, bytes, BLOCK), 0);
	assert_int_equal(kit_give(digest, 0, 0, bytes, GROUP), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "came twice");
}

static void test_misplaced(void **state)
{
	struct dmaload_digest *digest = create();

	(void)state;
	assert_int_equal(kit_give(digest, 0, 100, bytes, BLOCK), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "a multiple of 4096");

	digest = create();
	assert_int_equal(kit_give(digest, 0, UINT64_MAX - BLOCK + 1, bytes,
				  2 * BLOCK), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "too far");

	digest = create();
	assert_int_equal(kit_give(digest, 1, 0, bytes, BLOCK), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "range 1: there are digests of 1");
}

static void test_short(void **state)
{
	struct dmaload_digest *digest = create();

	(void)state;
	assert_int_equal(kit_give(digest, 0, 0, bytes, 100), 0);
	assert_int_equal(kit_give(digest, 0, BLOCK, bytes, BLOCK), 0);
	kit_expect_failure(digest, -EINVAL, "within a block at 100");

	digest = create();
	assert_int_equal(kit_give(digest, 0, 0, bytes, 100), 0);
	assert_int_equal(kit_give(digest, 0, BLOCK, bytes, 100), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "two pieces");
}

static void test_late(void **state)
{
	struct dmaload_digest *digest = create();
	char text[DMALOAD_DIGEST_SIZE];

	(void)state;
	assert_int_equal(dmaload_digest_result(digest, 0, text, NULL), 0);
	assert_int_equal(dmaload_digest_result(digest, 0, text, NULL), 0);
	assert_int_equal(kit_give(digest, 0, 0, bytes, BLOCK), -EINVAL);
	kit_expect_failure(digest, -EINVAL, "after the result");
}

/* Return the peak of the memory for a whole file. */
static size_t peak_of(size_t length, const struct kit_cut *cut)
{
	unsigned char *all = kit_bytes(length);
	char text[DMALOAD_DIGEST_SIZE];
	struct dmaload_digest *digest;

	kit_count();
	digest = create();
	assert_int_equal(kit_feed(digest, 0, all, length, cut), 0);
	assert_int_equal(dmaload_digest_result(digest, 0, text, NULL), 0);
	dmaload_digest_destroy(digest);
	assert_int_equal(kit_allocated, 0);
	free(all);
	return kit_peak;
}

static void test_memory(void **state)
{
	static const size_t length = (16 << 20) + 5;
	const struct kit_cut units = { GROUP, false, 8 };
	const struct kit_cut reads = { 128 << 10, false, 6 };
	const struct kit_cut blocks = { BLOCK, false, SIZE_MAX };

	(void)state;
	/* The last group is incomplete until the end. */
	assert_in_range(peak_of(length, &units), length / GROUP * 32,
			length / 4096 + SMALL + RECORD);
	/* Six in flight, each in a group of its own. */
	assert_in_range(peak_of(length, &reads), RECORD,
			length / 4096 + SMALL + 8 * RECORD);
	/* All groups at once. */
	assert_in_range(peak_of(length, &blocks), 30 * BLOCK,
			length / 4096 + SMALL + 33 * RECORD);
}

/* The array grows as the file does: 64 GiB, of which only some blocks come. */
static void test_memory_far(void **state)
{
	const uint64_t step = UINT64_C(1) << 30;
	struct dmaload_digest *digest;
	uint64_t end;

	(void)state;
	kit_count();
	digest = create();
	for (end = step; end <= 64 * step; end += step) {
		assert_int_equal(kit_give(digest, 0, end - GROUP, bytes, GROUP),
				 0);
		assert_in_range(kit_peak, end / GROUP * 32, end / 4096 + SMALL);
	}
	kit_expect_failure(digest, -ENODATA, "only 8192 of 16777216 blocks");
	assert_int_equal(kit_allocated, 0);
}

static void test_scattered(void **state)
{
	const uint64_t most = DMALOAD_DIGEST_SCATTER_MAX;
	struct dmaload_digest *digest;
	uint64_t i;

	(void)state;
	kit_count();
	digest = create();
	for (i = 0; i < most; i++)
		assert_int_equal(kit_give(digest, 0, i * GROUP, bytes, BLOCK), 0);
	/* A group that is complete makes room for another one. */
	assert_int_equal(kit_give(digest, 0, BLOCK, bytes, GROUP - BLOCK), 0);
	assert_int_equal(kit_give(digest, 0, most * GROUP, bytes, BLOCK), 0);
	assert_int_equal(kit_give(digest, 0, (most + 1) * GROUP, bytes, BLOCK),
			 -ENOBUFS);
	assert_in_range(kit_peak, most * BLOCK,
			most * RECORD + most * GROUP / 4096 + SMALL);
	kit_expect_failure(digest, -ENOBUFS, "scattered");
	assert_int_equal(kit_allocated, 0);
}

static void test_no_memory(void **state)
{
	struct dmaload_digest *digest;
	struct dmaload_error err;
	unsigned n;
	int r;

	(void)state;
	kit_count();
	for (n = 1; n <= 3; n++) {
		kit_fail = n;
		r = dmaload_digest_create(&digest, "fsverity", 2, &err);
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(err.code, -ENOMEM);
		assert_int_equal(kit_allocated, 0);
	}
	/* The array, and a record. */
	for (n = 1; n <= 2; n++) {
		digest = create();
		kit_fail = n;
		assert_int_equal(kit_give(digest, 0, 0, bytes, BLOCK), -ENOMEM);
		kit_fail = 0;
		kit_expect_failure(digest, -ENOMEM, "out of memory");
		assert_int_equal(kit_allocated, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_misplaced),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_far),
		cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("digest-tree", tests, setup, teardown);
}
