/* SPDX-License-Identifier: MIT */
/* Many ranges of several files into several buffers, by one call. */
#include "support.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM ((uint64_t)16 << 20)
#define MANY 10000

/* Ranges, and the offsets in the pattern of the bytes that they must bring. */
struct set {
	struct dmaload_range *ranges;
	size_t count;
};

static struct set make_set(size_t room)
{
	struct set set = { calloc(room, sizeof(struct dmaload_range)), 0 };

	assert_non_null(set.ranges);
	return set;
}

static void add(struct set *set, struct dmaload_file *file, uint64_t at,
		struct dmaload_buffer *buffer, uint64_t to, uint64_t length)
{
	set->ranges[set->count++] = (struct dmaload_range){
		.file = file, .file_offset = at, .buffer = buffer,
		.buffer_offset = to, .length = length,
	};
}

static void load_by(struct kit *kit, const struct set *set, uint32_t paths,
		    enum dmaload_cache cache)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths, .cache = cache,
	};

	if (dmaload_load(kit->ctx, set->ranges, set->count, &options,
			 &kit->report, &kit->err) < 0)
		fail_msg("%s", kit->err.message);
	assert_int_equal(kit->report.ranges, set->count);
	assert_true(kit->report.pinned_bytes <= DMALOAD_POOL_MAX + (1 << 16));
}

/* Load past the page cache, so that no other reader matters. */
static void load_set(struct kit *kit, const struct set *set, uint32_t paths)
{
	load_by(kit, set, paths, DMALOAD_CACHE_AUTO);
	assert_int_equal(kit->report.cache_residue_bytes, 0);
}

static void check_range(const struct set *set, size_t i)
{
	const struct dmaload_range *range = &set->ranges[i];
	const unsigned char *map = dmaload_buffer_map(range->buffer);
	const size_t same = pattern_differs(map + range->buffer_offset,
					    range->length, range->file_offset);

	if (same != range->length)
		fail_msg("byte %zu of range %zu differs", same, i);
}

/* Check the ranges of one buffer from a range on, in one bracket: on a machine
 * without coherent DMA, each bracket may cost as much as the whole buffer. */
static void check_buffer(const struct set *set, size_t first)
{
	struct dmaload_buffer *buffer = set->ranges[first].buffer;
	size_t i;

	assert_int_equal(dmaload_buffer_begin(buffer, DMALOAD_ACCESS_READ,
					      NULL), 0);
	for (i = first; i < set->count; i++)
		if (set->ranges[i].buffer == buffer)
			check_range(set, i);
	assert_int_equal(dmaload_buffer_end(buffer, DMALOAD_ACCESS_READ, NULL),
			 0);
}

static bool is_checked(const struct set *set, size_t i)
{
	size_t before = 0;

	while (set->ranges[before].buffer != set->ranges[i].buffer)
		before++;
	return before < i;
}

/* Check the bytes by the library's own mappings. */
static void check_set(const struct set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (!is_checked(set, i))
			check_buffer(set, i);
}

/* Ranges in reverse order with holes in the buffer, as a model's tensors may
 * lie. */
static void test_many_ranges_cost_what_one_does(void **state)
{
	const uint64_t step = alone_large() / MANY, length = step / 64 * 64;
	struct set set = make_set(MANY), one = make_set(1);
	uint64_t reads;
	struct kit kit;
	size_t i;

	(void)state;
	kit_open_alone(&kit, alone_large(), alone_large() + MANY * (uint64_t)64);
	add(&one, kit.file, 0, kit.buffer, 0, alone_large());
	load_set(&kit, &one, DMALOAD_ALLOW_BOUNCE);
	reads = kit.report.reads;

	kit_guard(&kit);
	for (i = MANY; i-- > 0;)
		add(&set, kit.file, i * step, kit.buffer, i * (length + 64),
		    length);
	load_set(&kit, &set, DMALOAD_ALLOW_BOUNCE);
	/* Their cost for the disk does not depend on the machine's speed. */
	assert_in_range(kit.report.reads, reads - 1, reads + reads / 50);
	check_set(&set);
	load_set(&kit, &set, 0);
	assert_in_range(kit.report.reads, reads - 1, reads + reads / 50);
	check_set(&set);
	free(set.ranges);
	free(one.ranges);
	kit_close(&kit);
}

/* Ranges of 4 KiB that are two pages apart: 25,000 or more for a large file.
 * Other readers may bring pages into the page cache, which may be used. */
static void test_many_small_ranges(void **state)
{
	const size_t count = place.large / 12288;
	struct set set = make_set(count);
	struct kit kit;
	size_t i;

	(void)state;
	kit_open(&kit, place.large, place.large);
	for (i = 0; i < count; i++)
		add(&set, kit.file, i * 12288 + 100, kit.buffer,
		    (count - 1 - i) * 8192 + 7, 4096);
	load_by(&kit, &set, 0, DMALOAD_CACHE_AUTO);
	check_set(&set);
	kit_guard(&kit);
	load_by(&kit, &set, 0, DMALOAD_CACHE_BYPASS);
	check_set(&set);
	assert_int_equal(kit.report.extents, count);
	/* Their gaps are too long to be read over. Each takes one read, or two
	 * at the end of a chunk. */
	assert_true(kit.report.reads <= count + place.large / MIB + 1);
	free(set.ranges);
	kit_close(&kit);
}

static void test_neighbours_become_one_extent(void **state)
{
	struct set set = make_set(4096);
	struct kit kit;
	size_t i;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	for (i = 0; i < 4096; i++)
		add(&set, kit.file, i * 4096, kit.buffer, i * 4096, 4096);
	load_set(&kit, &set, 0);
	assert_int_equal(kit.report.extents, 1);
	assert_int_equal(kit.report.reads, 16);
	kit_check(&kit, 0, 0, MEDIUM);
	free(set.ranges);
	kit_close(&kit);
}

/* Load the same bytes of a file into several places. */
static void test_the_same_bytes_go_to_several_places(void **state)
{
	struct set set = make_set(3);
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	add(&set, kit.file, 5000, kit.buffer, 0, 2 * MIB);
	add(&set, kit.file, 5000, kit.buffer, 4 * MIB, 2 * MIB);
	add(&set, kit.file, MIB, kit.buffer, 8 * MIB + 1, 5 * MIB);
	load_set(&kit, &set, 0);
	check_set(&set);
	free(set.ranges);
	kit_close(&kit);
}

#define FILES 7

/* Load files of all sizes into three buffers of two kinds, by priorities. */
static void test_many_files_into_many_buffers(void **state)
{
	static const uint64_t sizes[FILES] = { 1, 511, 4096, 4097, 1048577,
					       1048575, MEDIUM };
	struct dmaload_file *files[FILES];
	struct dmaload_buffer *buffers[3];
	struct set set = make_set(FILES * 3);
	unsigned char *memory = malloc(2 * MEDIUM);
	uint64_t at[3] = { 0, 100, 3 };
	struct kit kit;
	size_t f, b;

	(void)state;
	assert_non_null(memory);
	kit_open_alone(&kit, MEDIUM, 2 * MEDIUM);
	buffers[0] = kit.buffer;
	assert_int_equal(dmaload_buffer_create(&buffers[1], place.source,
					       2 * MEDIUM, NULL), 0);
	assert_int_equal(dmaload_buffer_from_memory(&buffers[2], memory + 1,
						    2 * MEDIUM - 1, NULL), 0);
	for (f = 0; f < FILES; f++) {
		drop_cache(alone_path(sizes[f]));
		assert_int_equal(dmaload_file_open(&files[f],
				 alone_path(sizes[f]), NULL), 0);
		for (b = 0; b < 3; b++) {
			add(&set, files[f], 0, buffers[b], at[b], sizes[f]);
			set.ranges[set.count - 1].priority =
				(uint32_t)(FILES - f);
			at[b] += sizes[f] + 1000 * b;
		}
	}
	load_set(&kit, &set, 0);
	check_set(&set);
	assert_true(kit.report.brackets >= 3 && kit.report.brackets <= 3 * FILES);
	/* Their places are multiples of 512, but not of 4096. */
	if (place.pinnable && place_alignment() == 512)
		assert_true(kit.report.bytes_direct > 0);
	assert_int_equal(dmaload_verify(kit.ctx, set.ranges, set.count, NULL,
					NULL, &kit.err), 0);
	for (f = 0; f < FILES; f++)
		dmaload_file_close(files[f]);
	dmaload_buffer_destroy(buffers[1]);
	dmaload_buffer_destroy(buffers[2]);
	free(memory);
	free(set.ranges);
	kit_close(&kit);
}

static void test_bad_ranges_are_refused(void **state)
{
	struct set set = make_set(2);
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MEDIUM);
	add(&set, kit.file, 0, kit.buffer, 0, 8192);
	add(&set, kit.file, 50000, kit.buffer, 8191, 8192);
	assert_int_equal(dmaload_load(kit.ctx, set.ranges, 2, NULL, &kit.report,
				      &kit.err), -EINVAL);
	assert_non_null(strstr(kit.err.message, "overlap at byte 8191"));
	assert_int_equal(kit.report.reads, 0);
	assert_int_equal(dmaload_load(kit.ctx, set.ranges, 0, NULL, NULL, NULL),
			 -EINVAL);
	set.ranges[1].buffer_offset = 8192;
	set.ranges[1].reserved = 1;
	assert_int_equal(dmaload_load(kit.ctx, set.ranges, 2, NULL, NULL, NULL),
			 -EINVAL);
	set.ranges[1].reserved = 0;
	set.ranges[1].file_offset = MEDIUM - 1;
	assert_int_equal(dmaload_load(kit.ctx, set.ranges, 2, NULL, NULL,
				      &kit.err), -ERANGE);
	/* Comparing the same bytes twice is allowed. */
	set.ranges[1] = set.ranges[0];
	assert_int_equal(dmaload_load(kit.ctx, set.ranges, 1, NULL, NULL, NULL),
			 0);
	assert_int_equal(dmaload_verify(kit.ctx, set.ranges, 2, NULL, NULL,
					NULL), 0);
	free(set.ranges);
	kit_close(&kit);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_ranges_cost_what_one_does),
		cmocka_unit_test(test_many_small_ranges),
		cmocka_unit_test(test_neighbours_become_one_extent),
		cmocka_unit_test(test_the_same_bytes_go_to_several_places),
		cmocka_unit_test(test_many_files_into_many_buffers),
		cmocka_unit_test(test_bad_ranges_are_refused),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
