/* SPDX-License-Identifier: MIT */
/* Transforms of real files, compared with the same done by plain code. */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

#define MIB ((uint64_t)1 << 20)
#define MEDIUM (16 * MIB)
/* A block of quantised weights: a scale of two bytes, and sixteen bytes. */
#define BLOCK 18u

/* The destination is twice as large: each 16 bits become 32. */
static int widen(const struct dmaload_piece *piece, void *data)
{
	const unsigned char *in = piece->bytes;
	unsigned char *out = (unsigned char *)data + 2 * piece->offset;
	size_t i;

	for (i = 0; i < piece->length; i += 2, in += 2, out += 4) {
		out[0] = in[1];
		out[1] = in[0] ^ in[1];
		out[2] = in[0];
		out[3] = 0x80;
	}
	return 0;
}

static int load_with(struct kit *kit, const struct dmaload_range *range,
		     const struct dmaload_transform *transform, uint32_t paths)
{
	const struct dmaload_options options = {
		.size = sizeof(options), .paths = paths, .transform = transform,
	};

	return dmaload_load(kit->ctx, range, 1, &options, &kit->report, &kit->err);
}

static int load_by(struct kit *kit, const struct dmaload_range *range,
		   dmaload_transform_fn function, void *data, uint32_t unit,
		   uint32_t paths)
{
	const struct dmaload_transform transform = {
		.size = sizeof(transform), .unit = unit, .function = function,
		.data = data,
	};

	return load_with(kit, range, &transform, paths);
}

static void check_widened(const unsigned char *out, uint64_t from, uint64_t length)
{
	uint64_t i;

	for (i = from / 2; i < (from + length) / 2; i++, out += 4) {
		const unsigned char low = pattern_byte(2 * i), high = pattern_byte(2 * i + 1);

		if (out[0] != high || out[1] != (low ^ high) || out[2] != low ||
		    out[3] != 0x80)
			fail_msg("word %llu is wrong", (unsigned long long)i);
	}
}

/* By one thread, or by several at once. */
static void test_the_result_may_be_larger(void **state)
{
	struct dmaload_transform transform = {
		.size = sizeof(transform), .unit = 2, .function = widen };
	struct dmaload_range range;
	struct kit kit;
	int i;

	(void)state;
	for (i = 0; i < 2 * ALL_PATHS; i++) {
		kit_open_alone(&kit, MEDIUM, 2 * MEDIUM);
		range = (struct dmaload_range){ .file = kit.file,
			.buffer = kit.buffer, .length = MEDIUM };
		transform.data = dmaload_buffer_map(kit.buffer);
		transform.flags = i & 1 ? DMALOAD_PIECES_AT_ONCE : 0;
		/* The bytes never go into the buffer by themselves. */
		if (load_with(&kit, &range, &transform, all_paths[i / 2]) < 0)
			fail_msg("%s", kit.err.message);
		assert_int_equal(kit.report.bytes_direct, 0);
		assert_int_equal(kit.report.cache_residue_bytes, 0);
		/* No device writes, so no bracket is needed. */
		check_widened(dmaload_buffer_map(kit.buffer), 0, MEDIUM);
		kit_close(&kit);
	}
}

/* The whole blocks that came, in any order. */
struct sum {
	uint64_t blocks;
	uint64_t bytes;
	uint64_t value;
	uint64_t stop_after;
};

static int add_blocks(const struct dmaload_piece *piece, void *data)
{
	const unsigned char *bytes = piece->bytes;
	struct sum *sum = data;
	uint64_t at = piece->offset;
	size_t i;

	if (piece->offset % BLOCK != 0)
		return 1;
	for (i = 0; i < piece->length; i++, at++)
		sum->value += (at + 1) * bytes[i];
	sum->bytes += piece->length;
	sum->blocks += piece->length / BLOCK;
	return sum->stop_after != 0 && sum->bytes >= sum->stop_after;
}

static uint64_t expected(uint64_t begin, uint64_t length)
{
	uint64_t value = 0, i;

	for (i = 0; i < length; i++)
		value += (i + 1) * pattern_byte(begin + i);
	return value;
}

static void test_blocks_stay_whole(void **state)
{
	const uint64_t begin = 12345, length = MEDIUM - begin;
	struct dmaload_range range;
	struct sum sum;
	struct kit kit;
	int i;

	(void)state;
	for (i = 0; i < ALL_PATHS; i++) {
		kit_open_alone(&kit, MEDIUM, MIB);
		/* There is no buffer. */
		range = (struct dmaload_range){ .file = kit.file,
			.file_offset = begin, .length = length };
		sum = (struct sum){ .value = 0 };
		if (load_by(&kit, &range, add_blocks, &sum, BLOCK,
			    all_paths[i]) < 0)
			fail_msg("%s", kit.err.message);
		assert_int_equal(sum.bytes, length);
		assert_int_equal(sum.blocks, length / BLOCK);
		assert_true(sum.value == expected(begin, length));
		assert_int_equal(kit.report.cache_residue_bytes, 0);
		kit_close(&kit);
	}
}

/* A sum that depends on the order. */
static int fold(const struct dmaload_piece *piece, void *data)
{
	const unsigned char *bytes = piece->bytes;
	uint64_t *value = data;
	size_t i;

	for (i = 0; i < piece->length; i++)
		*value = 31 * *value + bytes[i];
	return 0;
}

static void test_pieces_in_order(void **state)
{
	uint64_t value, wanted = 0, i;
	struct dmaload_transform transform = {
		.size = sizeof(transform), .function = fold, .data = &value,
		.flags = DMALOAD_PIECES_IN_ORDER };
	struct dmaload_range range;
	struct kit kit;
	int path;

	(void)state;
	for (i = 777; i < MEDIUM; i++)
		wanted = 31 * wanted + pattern_byte(i);
	for (path = 0; path < ALL_PATHS; path++) {
		kit_open_alone(&kit, MEDIUM, MIB);
		range = (struct dmaload_range){ .file = kit.file,
			.file_offset = 777, .length = MEDIUM - 777 };
		value = 0;
		if (load_with(&kit, &range, &transform, all_paths[path]) < 0)
			fail_msg("%s", kit.err.message);
		assert_true(value == wanted);
		kit_close(&kit);
	}
}

/* Pages that others use are copied, and stay. */
static void test_resident_pages_are_used(void **state)
{
	const uint64_t length = may_hold(5 * MIB);
	struct dmaload_range range;
	struct sum sum = { .value = 0 };
	struct held held;
	struct kit kit;

	(void)state;
	kit_open_alone(&kit, MEDIUM, MIB);
	hold(&held, alone_path(MEDIUM), 3 * MIB, length);
	range = (struct dmaload_range){ .file = kit.file, .length = MEDIUM };
	assert_int_equal(load_by(&kit, &range, add_blocks, &sum, BLOCK, 0), 0);
	assert_true(sum.value == expected(0, MEDIUM));
	/* All but the units and the chunk at the ends, which are read. */
	assert_true(kit.report.bytes_cached <= length);
	assert_true(kit.report.bytes_cached + MIB + BLOCK >= length);
	let_go(&held);
	drop_cache(alone_path(MEDIUM));
	kit_close(&kit);
}

static void test_a_stop_leaves_nothing(void **state)
{
	struct dmaload_range range;
	struct sum sum;
	struct kit kit;
	int i;

	(void)state;
	for (i = 0; i < ALL_PATHS; i++) {
		kit_open_alone(&kit, MEDIUM, MIB);
		range = (struct dmaload_range){ .file = kit.file,
			.buffer = kit.buffer, .length = MEDIUM };
		sum = (struct sum){ .stop_after = 5 * MIB };
		assert_int_equal(load_by(&kit, &range, add_blocks, &sum, BLOCK, all_paths[i]),
				 -ECANCELED);
		assert_non_null(strstr(kit.err.message, "the transform stopped"));
		assert_true(sum.bytes < 7 * MIB);
		/* The next load works, into the whole buffer. */
		assert_int_equal(kit_load(&kit, 0, 0, MIB, 0), 0);
		kit_check(&kit, 0, 0, MIB);
		kit_close(&kit);
	}
}

#define PART (MEDIUM / 4)

static int widen_part(const struct dmaload_piece *piece, void *data)
{
	return widen(piece, (unsigned char *)data + 2 * PART * piece->range);
}

/* When a range is reported, its result is in the buffer. */
static void test_priorities(void **state)
{
	static const uint32_t flags[] = { 0, DMALOAD_PIECES_IN_ORDER, DMALOAD_PIECES_AT_ONCE };
	static const unsigned priorities[4] = { 1, 3, 0, 2 };
	struct dmaload_transform transform = {
		.size = sizeof(transform), .unit = 2, .function = widen_part };
	struct dmaload_options options = { .size = sizeof(options), .transform = &transform };
	struct dmaload_range ranges[4];
	struct dmaload_job *job;
	struct pollfd ready;
	size_t i, told, way;
	unsigned char *map;
	struct kit kit;

	(void)state;
	for (way = 0; way < 3 * ALL_PATHS; way++) {
		kit_open_alone(&kit, MEDIUM, 2 * MEDIUM);
		transform.data = map = dmaload_buffer_map(kit.buffer);
		transform.flags = flags[way % 3];
		options.paths = all_paths[way / 3];
		for (i = 0; i < 4; i++)
			ranges[i] = (struct dmaload_range){ .file = kit.file,
				.buffer = kit.buffer, .file_offset = i * PART,
				.buffer_offset = 2 * i * PART, .length = PART,
				.buffer_length = 2 * PART, .priority = priorities[i] };
		assert_int_equal(dmaload_submit(&job, kit.ctx, DMALOAD_LOAD, ranges, 4,
						&options, &kit.err), 0);
		ready = (struct pollfd){ .fd = dmaload_job_fd(job, NULL), .events = POLLIN };
		for (told = 0; told < 4; told++) {
			assert_int_equal(poll(&ready, 1, -1), 1);
			assert_int_equal(dmaload_job_next_range(job, &i), 0);
			assert_int_equal(priorities[i], told);
			check_widened(map + 2 * i * PART, i * PART, PART);
		}
		assert_int_equal(dmaload_job_wait(job, DMALOAD_FOREVER, NULL, NULL), 0);
		dmaload_job_destroy(job);
		kit_close(&kit);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_result_may_be_larger),
		cmocka_unit_test(test_blocks_stay_whole),
		cmocka_unit_test(test_pieces_in_order),
		cmocka_unit_test(test_resident_pages_are_used),
		cmocka_unit_test(test_a_stop_leaves_nothing),
		cmocka_unit_test(test_priorities),
	};

	if (!place_from(argc, argv))
		return 2;
	return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
