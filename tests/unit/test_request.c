/* SPDX-License-Identifier: MIT */
/* Many ranges may be refused, before anything of them is done. */
#include <errno.h>
#include <string.h>

#include "crowd.h"

static void make(struct crowd *crowd)
{
	crowd_make(crowd, 0, 0);
	crowd_add_file(crowd, 100000, 0);
	crowd_add_file(crowd, 5000, 0);
	crowd_add_buffer(crowd, "memfd", 64 << 10);
	crowd_add_buffer(crowd, "read-only", 64 << 10);
	crowd_add_buffer(crowd, "pfnmap", 4096);
}

/* A refusal touches nothing, and counts nothing. */
static void refused(struct crowd *crowd, const struct dmaload_range *ranges,
		    size_t count, int code, const char *message)
{
	const unsigned syncs = fake_count(FAKE_SYNC);
	const unsigned looks = fake_count(FAKE_CACHESTAT);

	crowd_check_failure(crowd, crowd_load(crowd, ranges, count), code,
			    message);
	crowd_check(crowd, NULL, 0, false);
	assert_int_equal(crowd->report.reads, 0);
	assert_int_equal(crowd->report.brackets, 0);
	assert_int_equal(fake_count(FAKE_SYNC), syncs);
	assert_int_equal(fake_count(FAKE_CACHESTAT), looks);
}

/* The last of several ranges is wrong; refused wherever it stands. */
static void one_is_wrong(struct crowd *crowd, struct dmaload_range wrong,
			 int code, const char *message)
{
	struct dmaload_range ranges[3] = {
		crowd_range(crowd, 0, 0, 0, 0, 1000),
		crowd_range(crowd, 1, 0, 0, 2000, 5000),
	};

	ranges[2] = wrong;
	refused(crowd, ranges, 3, code, message);
	ranges[2] = ranges[0];
	ranges[0] = wrong;
	refused(crowd, ranges, 3, code, message);
}

static void each_range_is_checked(void **state)
{
	struct dmaload_range wrong;
	struct crowd crowd;
	int i;

	(void)state;
	make(&crowd);
	wrong = crowd_range(&crowd, 0, 0, 0, 20000, 1000);
	wrong.file = NULL;
	one_is_wrong(&crowd, wrong, -EINVAL, "needs a file");
	wrong = crowd_range(&crowd, 0, 0, 0, 20000, 1000);
	wrong.buffer = NULL;
	one_is_wrong(&crowd, wrong, -EINVAL, "needs a file");
	one_is_wrong(&crowd, crowd_range(&crowd, 0, 0, 0, 20000, 0), -EINVAL,
		     "length of at least 1");
	for (i = 0; i < 3; i++) {
		wrong = crowd_range(&crowd, 0, 0, 0, 20000, 1000);
		wrong.reserved[i] = 1;
		one_is_wrong(&crowd, wrong, -EINVAL, "reserved");
	}
	one_is_wrong(&crowd, crowd_range(&crowd, 1, 4001, 0, 20000, 1000),
		     -ERANGE, "part-1.bin has 5000 bytes");
	one_is_wrong(&crowd, crowd_range(&crowd, 1, 5000, 0, 20000,
					 DMALOAD_TO_END), -ERANGE,
		     "nothing at offset 5000");
	one_is_wrong(&crowd, crowd_range(&crowd, 0, 0, 2, 0, 4097), -ENOSPC,
		     "system buffer has 4096 bytes");
	one_is_wrong(&crowd, crowd_range(&crowd, 0, 0, 2, 1, DMALOAD_TO_END),
		     -ENOSPC, "do not fit");
	one_is_wrong(&crowd, crowd_range(&crowd, 0, 2, 0, 0, UINT64_MAX - 1),
		     -EOVERFLOW, "exceed 64 bits");
	one_is_wrong(&crowd, crowd_range(&crowd, 0, 0, 0, 2, UINT64_MAX - 1),
		     -EOVERFLOW, "exceed 64 bits");
	one_is_wrong(&crowd, crowd_range(&crowd, 0, 0, 1, 0, 1000), -EROFS,
		     "read-only");
	crowd_drop(&crowd);
}

static void no_range_at_all(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	make(&crowd);
	range = crowd_range(&crowd, 0, 0, 0, 0, 1000);
	refused(&crowd, &range, 0, -EINVAL, "no range");
	refused(&crowd, NULL, 1, -EINVAL, "no range");
	crowd_drop(&crowd);
}

static void overlaps_name_the_byte(void **state)
{
	struct dmaload_range ranges[4];
	struct crowd crowd;

	(void)state;
	make(&crowd);
	ranges[0] = crowd_range(&crowd, 0, 0, 0, 3000, 1000);
	ranges[1] = crowd_range(&crowd, 1, 0, 0, 1000, 2001);
	ranges[2] = crowd_range(&crowd, 0, 0, 2, 0, 4096);
	ranges[3] = crowd_range(&crowd, 0, 9000, 0, 9000, 1000);
	refused(&crowd, ranges, 4, -EINVAL, "overlap at byte 3000 of the memfd");
	/* With different priorities, too. */
	ranges[1].priority = 7;
	refused(&crowd, ranges, 4, -EINVAL, "overlap at byte 3000 of the memfd");
	ranges[1].length--;
	crowd_load_all(&crowd, ranges, 4);
	/* One inside another, and the same twice. */
	ranges[3] = crowd_range(&crowd, 0, 0, 2, 4095, 1);
	refused(&crowd, ranges, 4, -EINVAL, "overlap at byte 4095 of the system");
	ranges[3] = ranges[0];
	refused(&crowd, ranges, 4, -EINVAL, "overlap at byte 3000");
	crowd_drop(&crowd);
}

/* Comparisons may read the same bytes as often as they like. */
static void comparisons_may_overlap(void **state)
{
	struct dmaload_range ranges[3];
	struct crowd crowd;

	(void)state;
	make(&crowd);
	ranges[0] = crowd_range(&crowd, 0, 1000, 0, 1000, 20000);
	ranges[1] = crowd_range(&crowd, 0, 2000, 0, 2000, 30000);
	ranges[2] = ranges[0];
	ranges[2].priority = 1;
	crowd_fill(&crowd);
	memcpy(crowd.views[0], crowd.nodes[0]->bytes, 40000);
	crowd_prepare(&crowd);
	assert_int_equal(dmaload_verify(crowd.ctx, ranges, 3, &crowd.options,
					&crowd.report, &crowd.err), 0);
	assert_int_equal(crowd.report.bytes_total, 70000);
	crowd.views[0][31999] ^= 1;
	crowd_check_failure(&crowd, dmaload_verify(crowd.ctx, ranges, 3,
						   &crowd.options,
						   &crowd.report, &crowd.err),
			    -EBADMSG, "byte 31999");
	crowd_drop(&crowd);
}

static void options_are_checked(void **state)
{
	struct dmaload_range range;
	struct crowd crowd;

	(void)state;
	make(&crowd);
	range = crowd_range(&crowd, 0, 0, 0, 0, 1000);
	crowd.options.cache = DMALOAD_CACHE_KEEP + 1;
	refused(&crowd, &range, 1, -EINVAL, "cache 3");
	crowd.options.cache = 0;
	crowd.options.flags = 8;
	refused(&crowd, &range, 1, -EINVAL, "flags 0x8");
	crowd.options.flags = 0;
	crowd.options.reserved = 5;
	refused(&crowd, &range, 1, -EINVAL, "reserved 5");
	crowd.options.reserved = 0;
	crowd.options.paths = 1u << DMALOAD_PATH_CACHED;
	refused(&crowd, &range, 1, -EINVAL, "paths 0x8");
	crowd.options.paths = 0;
	crowd.options.deadline_ns = 1;
	crowd_check_failure(&crowd, crowd_load(&crowd, &range, 1), -ETIME,
			    "deadline passed after 0 of 1000 bytes");
	crowd_check(&crowd, NULL, 0, false);
	crowd.options.deadline_ns = 0;
	crowd_load_all(&crowd, &range, 1);
	crowd_drop(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(each_range_is_checked),
		SCENE_TEST(no_range_at_all),
		SCENE_TEST(overlaps_name_the_byte),
		SCENE_TEST(comparisons_may_overlap),
		SCENE_TEST(options_are_checked),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
