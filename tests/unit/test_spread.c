/* SPDX-License-Identifier: MIT */
/* One part of a file over several buffers: where it is cut, what comes of it, and
 * what is said where it cannot be. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "spreads.h"

static void cut_where_it_should_be(void **state)
{
	static const struct {
		uint64_t most;
		uint64_t slice;
	} cuts[] = {
		{ 4096, 4096 },
		{ 8191, 4096 },
		{ 20480, 20480 },
		{ MIB + 5000, MIB + 4096 },
		{ 2 * MIB - 1, 2 * MIB - 4096 },
		{ 2 * MIB, 2 * MIB },
		{ 3 * MIB, 2 * MIB },
		{ 5 * MIB, 4 * MIB },
	};
	static const int64_t off[] = { -4097, -4096, -1, 0, 1, 4095, 4096 };
	struct spread one;
	uint64_t length;
	size_t i, k;

	(void)state;
	spread_make(&one, 9 * MIB);
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		for (k = 0; k < sizeof(off) / sizeof(off[0]); k++) {
			length = 2 * cuts[i].slice + (uint64_t)off[k];
			assert_int_equal(spread_out(&one, "memfd", 777, length,
						    cuts[i].most), 0);
			spread_check_cut(&one, 777, length, cuts[i].slice);
			dmaload_spread_destroy(one.spread);
		}
	}
	/* One will do. */
	assert_int_equal(spread_out(&one, "memfd", 0, 5000, 8192), 0);
	spread_check_cut(&one, 0, 5000, 5000);
	dmaload_spread_destroy(one.spread);
	assert_int_equal(spread_out(&one, "memfd", 1, DMALOAD_TO_END, 0), 0);
	spread_check_cut(&one, 1, 9 * MIB - 1, 9 * MIB - 1);
	spread_drop(&one);
}

static void every_byte_by_every_path(void **state)
{
	static const uint64_t offsets[] = { 0, 512, 4096, 12345 };
	static const uint32_t masks[] = {
		0,
		DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED,
	};
	struct spread one;
	size_t i, m;

	(void)state;
	spread_make(&one, 300001);
	for (i = 0; i < 4; i++) {
		for (m = 0; m < 3; m++) {
			const uint64_t length = 300001 - offsets[i];

			assert_int_equal(spread_out(&one, "memfd", offsets[i],
						    DMALOAD_TO_END, 69632), 0);
			spread_check_cut(&one, offsets[i], length, 69632);
			spread_load_all(&one, masks[m]);
			assert_int_equal(one.report.bytes_total, length);
			assert_int_equal(one.report.ranges, (length - 1) /
					 69632 + 1);
			if (m == 0 && offsets[i] % 512 == 0)
				assert_true(one.report.bytes_direct >
					    length - 512);
			dmaload_spread_destroy(one.spread);
		}
	}
	one.spread = NULL;
	spread_drop(&one);
}

static void udmabufs_keep_the_limit(void **state)
{
	struct spread one;
	size_t i;

	(void)state;
	fake_add_udmabuf();
	fake.udmabuf_limit = "1\n";
	spread_make(&one, 3 * MIB + 5000);
	assert_int_equal(spread_out(&one, "udmabuf", 0, DMALOAD_TO_END, 0), 0);
	spread_check_cut(&one, 0, 3 * MIB + 5000, MIB);
	spread_load_all(&one, 0);
	assert_int_equal(one.report.bytes_direct / 512, (3 * MIB + 5000) / 512);
	assert_int_equal(one.report.brackets, 4);
	for (i = 0; i < 4; i++)
		assert_string_equal(dmaload_buffer_source(
			dmaload_spread_ranges(one.spread)[i].buffer), "udmabuf");
	dmaload_spread_destroy(one.spread);

	/* The smaller of both. */
	assert_int_equal(spread_out(&one, "udmabuf", 0, DMALOAD_TO_END,
				    768 * KIB), 0);
	spread_check_cut(&one, 0, 3 * MIB + 5000, 768 * KIB);
	dmaload_spread_destroy(one.spread);
	fake.udmabuf_limit = "3\n";
	assert_int_equal(spread_out(&one, "udmabuf", 0, DMALOAD_TO_END,
				    64 * MIB), 0);
	spread_check_cut(&one, 0, 3 * MIB + 5000, 2 * MIB);
	dmaload_spread_destroy(one.spread);
	/* Linux 7.3. */
	fake.udmabuf_limit = "2147483647\n";
	assert_int_equal(spread_out(&one, "udmabuf", 0, DMALOAD_TO_END, 0), 0);
	spread_check_cut(&one, 0, 3 * MIB + 5000, 3 * MIB + 5000);
	spread_drop(&one);
}

static void huge_pages_are_not_cut(void **state)
{
	struct spread one;

	(void)state;
	fake_add_udmabuf();
	fake.udmabuf_limit = "3\n";
	fake.hugetlb = true;
	fake.huge_free = "3\n";
	spread_make(&one, 5 * MIB);
	fake.meminfo = "MemAvailable: 40 kB\n";
	assert_int_equal(spread_out(&one, "udmabuf:2M", 0, DMALOAD_TO_END, 0), 0);
	spread_check_cut(&one, 0, 5 * MIB, 2 * MIB);
	spread_load_all(&one, 0);
	dmaload_spread_destroy(one.spread);
	/* The rest would be of other pages. */
	one.spread = UNTOUCHED;
	fake.huge_free = "2\n";
	assert_int_equal(spread_out(&one, "udmabuf:2M", 0, DMALOAD_TO_END, 0),
			 -ENOMEM);
	assert_non_null(strstr(one.err.message, "needs 1 MiB"));
	assert_ptr_equal(one.spread, UNTOUCHED);
	one.spread = NULL;
	spread_drop(&one);
}

static void source_that_is_not_asked_for(void **state)
{
	struct fake_node *heap = fake_find("/dev/dma_heap/system");
	struct spread one;

	(void)state;
	fake_add_udmabuf();
	fake.udmabuf_limit = "1\n";
	spread_make(&one, 3 * MIB);
	assert_int_equal(spread_out(&one, NULL, 0, DMALOAD_TO_END, 0), 0);
	assert_int_equal(dmaload_spread_count(one.spread), 1);
	assert_int_equal(heap->allocations, 1);
	dmaload_spread_destroy(one.spread);
	assert_int_equal(spread_out(&one, NULL, 0, DMALOAD_TO_END, 2 * MIB), 0);
	spread_check_cut(&one, 0, 3 * MIB, 2 * MIB);
	spread_load_all(&one, 0);
	dmaload_spread_destroy(one.spread);
	heap->open_error = -EACCES;
	assert_int_equal(spread_out(&one, NULL, 0, DMALOAD_TO_END, 0), 0);
	spread_check_cut(&one, 0, 3 * MIB, MIB);
	dmaload_spread_destroy(one.spread);
	one.spread = NULL;
	fake_remove(fake_find("/dev/udmabuf"));
	assert_int_equal(spread_out(&one, NULL, 0, DMALOAD_TO_END, 0), -EACCES);
	spread_drop(&one);
}

static void refuse(struct spread *one, const char *source, uint64_t offset,
		   uint64_t length, uint64_t most, int code, const char *says)
{
	const unsigned memfds = fake_count(FAKE_MEMFD_CREATE);

	one->spread = UNTOUCHED;
	memset(&one->err, 0, sizeof(one->err));
	assert_int_equal(spread_out(one, source, offset, length, most), code);
	assert_ptr_equal(one->spread, UNTOUCHED);
	assert_int_equal(one->err.code, code);
	if (!strstr(one->err.message, says))
		fail_msg("\"%s\" does not say \"%s\"", one->err.message, says);
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), memfds);
	assert_int_equal(dmaload_spread_create(&one->spread, source, one->file,
					       offset, length, most, NULL),
			 code);
	one->spread = NULL;
}

static void refusals_before_anything_is_allocated(void **state)
{
	struct spread one;

	(void)state;
	fake_add_udmabuf();
	fake.udmabuf_limit = "1\n";
	spread_make(&one, 16 * MIB);
	assert_int_equal(dmaload_spread_create(NULL, "memfd", one.file, 0, 1, 0,
					       NULL), -EINVAL);
	assert_int_equal(dmaload_spread_create(&one.spread, "memfd", NULL, 0, 1,
					       0, NULL), -EINVAL);
	refuse(&one, "memfd", 0, 0, 0, -EINVAL, "at least 1");
	refuse(&one, "memfd", 0, 8192, 4095, -EINVAL, "less than a page");
	refuse(&one, "memfd", 16 * MIB, 1, 0, -ERANGE, "nothing at offset");
	refuse(&one, "memfd", 16 * MIB, DMALOAD_TO_END, 0, -ERANGE,
	       "nothing at offset");
	refuse(&one, "memfd", MIB, 16 * MIB, 0, -ERANGE, "beyond its end");
	refuse(&one, "memfd", 1, UINT64_MAX - 1, 0, -ERANGE, "beyond its end");
	/* 16 MiB in pages are 4096 buffers; as many as may be. */
	fake_resize(one.node, 16 * MIB + 1);
	dmaload_file_close(one.file);
	assert_int_equal(dmaload_file_open(&one.file, SCENE_PATH, NULL), 0);
	refuse(&one, "memfd", 0, DMALOAD_TO_END, 4096, -E2BIG,
	       "4097 buffers of at most 4096 bytes are more than 4096");
	/* One fd each, or two. */
	fake.fds_max = 11;
	refuse(&one, "memfd", 0, 11 * MIB, MIB, -EMFILE, "11 buffers of at most "
	       "1048576 bytes take 11 fds, and the limit (RLIMIT_NOFILE, "
	       "ulimit -n) is 11");
	refuse(&one, "udmabuf", 0, 6 * MIB, 0, -EMFILE, "take 12 fds");
	fake.fds_max = 0;
	/* Each would have room, if it were alone. */
	fake.meminfo = "MemAvailable: 2048 kB\n";
	refuse(&one, "udmabuf", 0, 3 * MIB, 0, -ENOMEM, "needs 3 MiB");
	refuse(&one, "memfd", 0, 3 * MIB, MIB, -ENOMEM, "needs 3 MiB");
	refuse(&one, "system", 0, 3 * MIB, MIB, -ENOMEM, "needs 3 MiB");
	fake.meminfo = NULL;
	/* The source explains a refusal. */
	refuse(&one, "udmabuf:1G", 0, 3 * MIB, 0, -EINVAL, ":1G");
	refuse(&one, "no-such", 0, 3 * MIB, MIB, -ENODEV, "no-such");
	fake.udmabuf_limit = "0\n";
	refuse(&one, "udmabuf", 0, MIB, 0, -E2BIG, "it is 0, and 1 is needed");
	spread_drop(&one);
}

static void streams(void **state)
{
	struct dmaload_range *range;
	struct fake_node *pipe;
	struct spread one;
	int fd;

	(void)state;
	spread_make(&one, 1);
	dmaload_file_close(one.file);
	pipe = fake_add(FAKE_PIPE, "/run/pipe", 50000);
	fd = fake_open(pipe, O_RDONLY);
	assert_int_equal(dmaload_file_from_stream(&one.file, fd, NULL), 0);
	refuse(&one, "memfd", 0, DMALOAD_TO_END, 0, -EINVAL, "pass the length");
	refuse(&one, "memfd", 1, INT64_MAX, 0, -EOVERFLOW, "largest");
	assert_int_equal(spread_out(&one, "memfd", 0, 50000, 12288), 0);
	spread_check_cut(&one, 0, 50000, 12288);
	assert_int_equal(spread_load(&one, 0), 0);
	assert_int_equal(one.report.bytes_streamed, 50000);
	fake_remove(one.node);
	one.node = pipe;
	spread_check_bytes(&one);
	range = (struct dmaload_range *)dmaload_spread_ranges(one.spread);
	assert_int_equal(range[4].length, 50000 - 4 * 12288);
	spread_drop(&one);
	fake_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(cut_where_it_should_be),
		SCENE_TEST(every_byte_by_every_path),
		SCENE_TEST(udmabufs_keep_the_limit),
		SCENE_TEST(huge_pages_are_not_cut),
		SCENE_TEST(source_that_is_not_asked_for),
		SCENE_TEST(refusals_before_anything_is_allocated),
		SCENE_TEST(streams),
	};

	return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
