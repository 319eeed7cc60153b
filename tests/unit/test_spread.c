/* SPDX-License-Identifier: MIT */
/* One part of a file over several buffers: where it is cut, what is loaded, and
 * what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "rows.h"
#include "spreads.h"

#define END (16 * MIB + 1)

/* A file of 9 MiB is cut at multiples of the slice. */
static const struct cut {
	const char *name;
	uint64_t most;
	uint64_t slice;
} cuts[] = {
	{ "a buffer of one page", 4096, 4096 },
	{ "a buffer of almost two pages", 8191, 4096 },
	{ "a buffer of five pages", 20480, 20480 },
	{ "a buffer of 1 MiB and some bytes", MIB + 5000, MIB + 4096 },
	{ "a buffer of almost 2 MiB", 2 * MIB - 1, 2 * MIB - 4096 },
	{ "a buffer of 2 MiB", 2 * MIB, 2 * MIB },
	{ "a buffer of 3 MiB", 3 * MIB, 2 * MIB },
	{ "a buffer of 5 MiB", 5 * MIB, 4 * MIB },
};

static void cut_at_slices(void **state)
{
	static const int64_t off[] = { -4097, -4096, -1, 0, 1, 4095, 4096 };
	const struct cut *row = *state;
	struct spread one;
	size_t i;

	spread_make(&one, 9 * MIB);
	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		spread_expect(&one, "memfd", 777, 2 * row->slice +
			      (uint64_t)off[i], row->most, row->slice);
	spread_drop(&one);
}

static void one_buffer_is_enough(void **state)
{
	struct spread one;

	(void)state;
	spread_make(&one, 9 * MIB);
	spread_expect(&one, "memfd", 0, 5000, 8192, 5000);
	spread_expect(&one, "memfd", 1, DMALOAD_TO_END, 0, 9 * MIB - 1);
	spread_drop(&one);
}

static const struct way {
	const char *name;
	uint32_t paths;
} ways[] = {
	{ "every byte is loaded: direct", 0 },
	{ "every byte is loaded: bounce", DMALOAD_ALLOW_BOUNCE },
	{ "every byte is loaded: buffered", DMALOAD_ALLOW_BUFFERED },
};

static void every_byte_is_loaded(void **state)
{
	static const uint64_t offsets[] = { 0, 512, 4096, 12345 };
	const struct way *row = *state;
	struct spread one;
	size_t i;

	spread_make(&one, 300001);
	for (i = 0; i < 4; i++) {
		const uint64_t length = 300001 - offsets[i];

		spread_expect(&one, "memfd", offsets[i], DMALOAD_TO_END, 69632,
			      69632);
		spread_load_all(&one, row->paths);
		assert_int_equal(one.scene.report.bytes_total, length);
		assert_int_equal(one.scene.report.ranges, (length - 1) / 69632 + 1);
		if (row->paths == 0 && offsets[i] % 512 == 0)
			assert_true(one.scene.report.bytes_direct > length - 512);
	}
	spread_drop(&one);
}

/* The limits of a udmabuf and of the caller: the lower one counts. */
static const struct limit {
	const char *name, *source;
	uint64_t most;
	const char *size_limit_mb;
	bool heap_is_refused;
	uint64_t slice;
	const char *made_of;
} limits[] = {
	{ "udmabuf: size_limit_mb", "udmabuf", 0, "1\n", false, MIB, "udmabuf" },
	{ "udmabuf: a lower maximum", "udmabuf", 768 * KIB, "1\n", false, 768 * KIB, "udmabuf" },
	{ "udmabuf: a higher maximum", "udmabuf", 64 * MIB, "3\n", false, 2 * MIB, "udmabuf" },
	{ "udmabuf: Linux 7.3", "udmabuf", 0, "2147483647\n", false, 3 * MIB + 5000, "udmabuf" },
	{ "no source: a heap has no limit", NULL, 0, "1\n", false, 3 * MIB + 5000, "system" },
	{ "no source: a heap, and a maximum", NULL, 2 * MIB, "1\n", false, 2 * MIB, "system" },
	{ "no source: a udmabuf, if the heap is refused", NULL, 0, "1\n", true, MIB, "udmabuf" },
};

static void lower_limit_counts(void **state)
{
	const struct limit *row = *state;
	const uint64_t size = 3 * MIB + 5000;
	struct spread one;
	size_t i, count;

	fake_add_udmabuf();
	fake.udmabuf_limit = row->size_limit_mb;
	fake_find("/dev/dma_heap/system")->open_error =
		row->heap_is_refused ? -EACCES : 0;
	spread_make(&one, size);
	spread_expect(&one, row->source, 0, DMALOAD_TO_END, row->most,
		      row->slice);
	spread_load_all(&one, 0);
	count = dmaload_spread_count(one.spread);
	for (i = 0; i < count; i++)
		assert_string_equal(dmaload_buffer_source(
			dmaload_spread_ranges(one.spread)[i].buffer), row->made_of);
	assert_int_equal(one.scene.report.bytes_direct / 512, size / 512);
	assert_int_equal(one.scene.report.brackets, count);
	spread_drop(&one);
}

static void refuse(struct spread *one, const char *source, uint64_t offset,
		   uint64_t length, uint64_t most, int code, const char *says)
{
	const unsigned memfds = fake_count(FAKE_MEMFD_CREATE);

	dmaload_spread_destroy(one->spread);
	one->spread = UNTOUCHED;
	scene_prepare(&one->scene);
	scene_check_failure(&one->scene, spread_out(one, source, offset, length,
						    most), code, says);
	assert_ptr_equal(one->spread, UNTOUCHED);
	assert_int_equal(fake_count(FAKE_MEMFD_CREATE), memfds);
	assert_int_equal(dmaload_spread_create(&one->spread, source, one->scene.file,
					       offset, length, most, NULL),
			 code);
	one->spread = NULL;
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
	spread_expect(&one, "udmabuf:2M", 0, DMALOAD_TO_END, 0, 2 * MIB);
	spread_load_all(&one, 0);
	/* The last MiB would be in other pages. */
	fake.huge_free = "2\n";
	refuse(&one, "udmabuf:2M", 0, DMALOAD_TO_END, 0, -ENOMEM, "needs 1 MiB");
	spread_drop(&one);
}

/* The file has 16 MiB and a byte, a udmabuf at most 1 MiB. Nothing is allocated. */
static const struct refusal {
	const char *name, *source;
	uint64_t offset, length, most;
	int code;
	const char *says;
	uint64_t fds_max;
	const char *meminfo, *size_limit_mb;
	bool no_devices;
} refusals[] = {
	{ "no bytes", "memfd", 0, 0, 0, -EINVAL, .says = "at least 1" },
	{ "a maximum below a page", "memfd", 0, 8192, 4095, -EINVAL, .says = "less than a page" },
	{ "a byte at the end", "memfd", END, 1, 0, -ERANGE, .says = "nothing at offset" },
	{ "the rest at the end", "memfd", END, DMALOAD_TO_END, 0, -ERANGE,
	  .says = "nothing at offset" },
	{ "more than the rest", "memfd", MIB, END, 0, -ERANGE, .says = "beyond its end" },
	{ "a length that overflows", "memfd", 1, UINT64_MAX - 1, 0, -ERANGE,
	  .says = "beyond its end" },
	{ "too many buffers", "memfd", 0, DMALOAD_TO_END, 4096, -E2BIG,
	  .says = "4097 buffers of at most 4096 bytes are more than 4096" },
	{ "memfds: an fd each", "memfd", 0, 11 * MIB, MIB, -EMFILE, .fds_max = 11,
	  .says = "11 buffers of at most 1048576 bytes take 11 fds, and the "
		  "limit (RLIMIT_NOFILE, ulimit -n) is 11" },
	{ "udmabufs: two fds each", "udmabuf", 0, 6 * MIB, 0, -EMFILE,
	  .fds_max = 11, .says = "take 12 fds" },
	/* Each buffer alone would have room. */
	{ "udmabufs: no memory for all", "udmabuf", 0, 3 * MIB, 0, -ENOMEM,
	  .meminfo = "MemAvailable: 2048 kB\n", .says = "needs 3 MiB" },
	{ "memfds: no memory for all", "memfd", 0, 3 * MIB, MIB, -ENOMEM,
	  .meminfo = "MemAvailable: 2048 kB\n", .says = "needs 3 MiB" },
	{ "a heap: no memory for all", "system", 0, 3 * MIB, MIB, -ENOMEM,
	  .meminfo = "MemAvailable: 2048 kB\n", .says = "needs 3 MiB" },
	{ "huge pages of an unknown size", "udmabuf:1G", 0, 3 * MIB, 0, -EINVAL, .says = ":1G" },
	{ "an unknown source", "no-such", 0, 3 * MIB, MIB, -ENODEV, .says = "no-such" },
	{ "udmabufs are limited to 0", "udmabuf", 0, MIB, 0, -E2BIG,
	  .size_limit_mb = "0\n", .says = "it is 0, and 1 is needed" },
	{ "no source: a heap is refused, and no udmabuf", NULL, 0,
	  DMALOAD_TO_END, 0, -EACCES, .no_devices = true, .says = "" },
};

static void refused(void **state)
{
	const struct refusal *row = *state;
	struct spread one;

	fake_add_udmabuf();
	fake.udmabuf_limit = row->size_limit_mb ? row->size_limit_mb : "1\n";
	spread_make(&one, END);
	fake.fds_max = row->fds_max;
	if (row->meminfo)
		fake.meminfo = row->meminfo;
	if (row->no_devices) {
		fake_find("/dev/dma_heap/system")->open_error = -EACCES;
		fake_remove(fake_find("/dev/udmabuf"));
	}
	refuse(&one, row->source, row->offset, row->length, row->most, row->code,
	       row->says);
	assert_int_equal(fake_find("/dev/dma_heap/system")->allocations, 0);
	spread_drop(&one);
}

static void missing_arguments(void **state)
{
	struct spread one;

	(void)state;
	spread_make(&one, 1);
	assert_int_equal(dmaload_spread_create(NULL, "memfd", one.scene.file, 0, 1, 0,
					       NULL), -EINVAL);
	assert_int_equal(dmaload_spread_create(&one.spread, "memfd", NULL, 0, 1,
					       0, NULL), -EINVAL);
	spread_drop(&one);
}

static void streams(void **state)
{
	struct fake_node *pipe;
	struct spread one;
	int fd;

	(void)state;
	spread_make(&one, 1);
	dmaload_file_close(one.scene.file);
	pipe = fake_add(FAKE_PIPE, "/run/pipe", 50000);
	fd = fake_open(pipe, O_RDONLY);
	assert_int_equal(dmaload_file_from_stream(&one.scene.file, fd, NULL), 0);
	refuse(&one, "memfd", 0, DMALOAD_TO_END, 0, -EINVAL, "pass the length");
	refuse(&one, "memfd", 1, INT64_MAX, 0, -EOVERFLOW, "largest");
	spread_expect(&one, "memfd", 0, 50000, 12288, 12288);
	assert_int_equal(spread_load(&one, 0), 0);
	assert_int_equal(one.scene.report.bytes_streamed, 50000);
	fake_remove(one.scene.node);
	one.scene.node = pipe;
	spread_check_bytes(&one);
	spread_drop(&one);
	fake_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(one_buffer_is_enough),
		SCENE_TEST(huge_pages_are_not_cut),
		SCENE_TEST(missing_arguments),
		SCENE_TEST(streams),
	};

	return ROWS_RUN("spread: cuts", cut_at_slices, cuts) +
	       ROWS_RUN("spread: ways", every_byte_is_loaded, ways) +
	       ROWS_RUN("spread: limits", lower_limit_counts, limits) +
	       ROWS_RUN("spread: refusals", refused, refusals) +
	       cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
