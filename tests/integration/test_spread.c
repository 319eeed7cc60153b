/* SPDX-License-Identifier: MIT */
/*
 * A file over several buffers: each byte in its place, by the pages of the dma-bufs
 * that were handed out, and none that is lost or twice there at a seam.
 */
#include "spread_life.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/dma-buf.h>

#include "pattern.h"
#include "sources.h"

static void open_path(struct spread *one, const char *path)
{
	const struct dmaload_config config = {
		.size = sizeof(config),
		.engine = place.engine,
		.syscalls = place.syscalls,
	};

	drop_cache(path);
	*one = (struct spread){ .fds = open_fds() };
	one->report.size = sizeof(one->report);
	assert_int_equal(dmaload_ctx_create(&one->ctx, &config, NULL), 0);
	assert_int_equal(dmaload_file_open(&one->file, path, NULL), 0);
}

void open_all(struct spread *one, uint64_t size)
{
	open_path(one, alone_path(size));
}

void spread_out(struct spread *one, uint64_t offset, uint64_t length,
		uint64_t most)
{
	if (dmaload_spread_create(&one->spread, place.source, one->file, offset,
				  length, most, &one->err) != 0)
		fail_msg("%s", one->err.message);
	one->ranges = dmaload_spread_ranges(one->spread);
	one->count = dmaload_spread_count(one->spread);
}

void close_all(struct spread *one)
{
	dmaload_spread_destroy(one->spread);
	dmaload_file_close(one->file);
	dmaload_ctx_destroy(one->ctx);
	assert_int_equal(open_fds(), one->fds);
}

static void load(struct spread *one, uint32_t paths)
{
	const struct dmaload_options options = {
		.size = sizeof(options),
		.paths = paths,
	};

	if (dmaload_load(one->ctx, one->ranges, one->count, &options,
			 &one->report, &one->err) != 0)
		fail_msg("%s", one->err.message);
	assert_int_equal(one->report.brackets, one->count);
	if (dmaload_verify(one->ctx, one->ranges, one->count, NULL, NULL,
			   &one->err) != 0)
		fail_msg("%s", one->err.message);
}

void check_buffer(const struct dmaload_range *range)
{
	const uint64_t size = dmaload_buffer_size(range->buffer);
	const int fd = dmaload_buffer_fd(range->buffer);
	unsigned char *view;
	uint64_t i;

	view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(view, MAP_FAILED);
	sync_raw(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_int_equal(pattern_differs(view, range->length,
					 range->file_offset), range->length);
	for (i = range->length; i < size; i++)
		assert_int_equal(view[i], 0);
	sync_raw(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap(view, size);
}

void check_all(const struct spread *one, uint64_t offset, uint64_t length)
{
	uint64_t at = offset, sum = 0;
	size_t i;

	for (i = 0; i < one->count; i++) {
		assert_int_equal(one->ranges[i].file_offset, at);
		assert_int_equal(one->ranges[i].buffer_offset, 0);
		if (i + 1 < one->count)
			assert_int_equal(one->ranges[i].length,
				dmaload_buffer_size(one->ranges[i].buffer));
		check_buffer(&one->ranges[i]);
		at += one->ranges[i].length;
		sum += one->ranges[i].length;
	}
	assert_int_equal(sum, length);
	assert_int_equal(one->report.bytes_total, length);
	assert_int_equal(one->report.ranges, one->count);
}

static void test_every_byte(void **state)
{
	const uint64_t page = page_size();
	const struct {
		uint64_t size, offset, length, most;
	} cases[] = {
		{ 1, 0, 1, page },
		{ 1048577, 0, page, page },
		{ 1048577, 0, page + 1, page },
		{ 1048577, 1, page, page },
		{ 1048577, 1, page + 1, page },
		{ 1048577, 0, 1048577, 65536 },
		{ 1048577, 511, 1048066, 65536 + page },
		{ 2101249, 4096, 2097153, MIB - page },
		{ 16777216, 0, 16777216, 2 * MIB },
		{ 33554433, 512, 33553921, 4 * MIB },
	};
	static const uint32_t masks[] = {
		0,
		DMALOAD_ALLOW_BOUNCE,
		DMALOAD_ALLOW_BUFFERED,
	};
	struct spread one;
	uint64_t length;
	size_t i, m;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		length = cases[i].length;
		for (m = 0; m < 3; m++) {
			open_all(&one, cases[i].size);
			spread_out(&one, cases[i].offset,
				   cases[i].offset + length == cases[i].size ?
				   DMALOAD_TO_END : length, cases[i].most);
			assert_int_equal(one.count, (length - 1) /
					 cases[i].most + 1);
			load(&one, masks[m]);
			check_all(&one, cases[i].offset, length);
			assert_int_equal(one.report.cache_residue_bytes, 0);
			if (m == 0 && length > MIB && place.pinnable &&
			    cases[i].offset % place_alignment() == 0)
				assert_int_equal(
					dmaload_report_path(&one.report),
					DMALOAD_PATH_DIRECT);
			close_all(&one);
		}
	}
}

/* As large as the source allows: all of it in one buffer, or what a udmabuf takes. */
static void test_limit_of_the_source(void **state)
{
	const uint64_t limit = listed_source("udmabuf").max_bytes;
	struct spread one;
	size_t count = 1;

	(void)state;
	if (strncmp(place.source, "udmabuf", 7) == 0 && limit < place.large)
		count = (place.large - 1) / limit + 1;
	open_path(&one, pattern_path(place.large));
	spread_out(&one, 0, DMALOAD_TO_END, 0);
	assert_int_equal(one.count, count);
	load(&one, 0);
	check_all(&one, 0, place.large);
	print_message("%zu buffers, the first of %" PRIu64 " bytes; %" PRIu64
		      " ms, created in %" PRIu64 " ms, %" PRIu64 " of it beside "
		      "the load\n", count,
		      dmaload_buffer_size(one.ranges[0].buffer),
		      one.report.total_ns / 1000000,
		      one.report.create_ns / 1000000,
		      one.report.overlap_ns / 1000000);
	close_all(&one);
}

/* A process that maps them one behind the other has the file in one piece. */
static void test_side_by_side(void **state)
{
	const uint64_t size = 33554433, room = size + page_size();
	unsigned char *whole, *at;
	struct spread one;
	size_t i;

	(void)state;
	open_all(&one, size);
	spread_out(&one, 0, DMALOAD_TO_END, 5 * MIB);
	load(&one, 0);
	whole = at = mmap(NULL, room, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(whole, MAP_FAILED);
	for (i = 0; i < one.count; i++) {
		const uint64_t bytes = dmaload_buffer_size(one.ranges[i].buffer);

		assert_ptr_equal(mmap(at, bytes, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_FIXED,
				      dmaload_buffer_fd(one.ranges[i].buffer),
				      0), at);
		at += bytes;
	}
	assert_int_equal(pattern_differs(whole, size, 0), size);
	munmap(whole, room);
	close_all(&one);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_limit_of_the_source),
		cmocka_unit_test(test_side_by_side),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("spread", tests, NULL, NULL) +
	       spread_life();
}
