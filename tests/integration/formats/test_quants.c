/* SPDX-License-Identifier: MIT */
/* The arithmetic of an example against plain code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../../examples/quants.h"
#include "models.h"
#include "plain.h"

/* The largest tensor: 40 rows of 7 blocks. */
#define ROWS 40
#define BLOCKS 7
#define BYTES (ROWS * BLOCKS * 18)
#define GUARD 0xa5

static unsigned char from[BYTES], to[BYTES + 1], expected[BYTES];

static void fill(void)
{
	uint64_t seed = 1;
	size_t i;

	for (i = 0; i < sizeof(from); i++)
		from[i] = (unsigned char)draw(&seed, 256);
	memset(to, GUARD, sizeof(to));
}

static void test_each_weight_keeps_its_value(void **state)
{
	size_t row, column;

	(void)state;
	fill();
	quants_repack_groups(to, from, ROWS / 8, BLOCKS);
	for (row = 0; row < ROWS; row++)
		for (column = 0; column < 32 * BLOCKS; column++)
			assert_int_equal(plain_weight_x8(to, 32 * BLOCKS, row, column),
					 plain_weight(from, 32 * BLOCKS, row, column));
	assert_int_equal(to[BYTES], GUARD);
}

/* Written by hand from the definition of block_q4_0x8. Row r has the scale
 * 0x3c00 + r, and the bytes 16 * r to 16 * r + 15. */
static void test_the_layout_is_that_of_ggml(void **state)
{
	unsigned char rows[144], block[144];
	unsigned row, i;

	(void)state;
	for (row = 0; row < 8; row++) {
		rows[18 * row] = (unsigned char)row;
		rows[18 * row + 1] = 0x3c;
		for (i = 0; i < 16; i++)
			rows[18 * row + 2 + i] = (unsigned char)(16 * row + i);
	}
	quants_repack_groups(block, rows, 1, 1);
	assert_memory_equal(block, "\0\x3c\1\x3c\2\x3c\3\x3c\4\x3c\5\x3c\6\x3c\7\x3c",
			    16);
	assert_memory_equal(block + 16, "\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
			    "\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f", 16);
	assert_memory_equal(block + 16 + 64, "\x80\x81\x82\x83\x84\x85\x86\x87"
			    "\x90\x91\x92\x93\x94\x95\x96\x97", 16);
	assert_memory_equal(block + 16 + 120, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7", 8);
}

/* Groups and single blocks, in any order and in pieces of any size. */
static void test_pieces_may_come_in_any_order(void **state)
{
	static const size_t sizes[] = { 1, 2, BLOCKS - 1, BLOCKS, 8 * BLOCKS + 3,
					ROWS * BLOCKS };
	const size_t all = ROWS * BLOCKS;
	size_t i, piece, pieces, first;

	(void)state;
	fill();
	plain_repack(expected, from, ROWS, 32 * BLOCKS);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(to, GUARD, sizeof(to));
		pieces = (all + sizes[i] - 1) / sizes[i];
		/* From the last to the first. */
		for (piece = pieces; piece-- > 0; ) {
			first = piece * sizes[i];
			quants_repack_blocks(to, from + 18 * first, first,
					     first + sizes[i] < all ? sizes[i] :
					     all - first, BLOCKS);
		}
		assert_memory_equal(to, expected, BYTES);
		assert_int_equal(to[BYTES], GUARD);
	}
	memset(to, GUARD, sizeof(to));
	for (piece = ROWS / 8; piece-- > 0; ) {
		first = 8 * BLOCKS * piece;
		quants_repack_groups(to + 18 * first, from + 18 * first, 1, BLOCKS);
	}
	assert_memory_equal(to, expected, BYTES);
}

static void test_each_half_becomes_its_float(void **state)
{
	static unsigned char halves[2 << 16], floats[(4 << 16) + 1], plain[4 << 16];
	uint32_t i;
	float value;

	(void)state;
	for (i = 0; i < 1u << 16; i++) {
		halves[2 * i] = (unsigned char)i;
		halves[2 * i + 1] = (unsigned char)(i >> 8);
	}
	floats[sizeof(floats) - 1] = GUARD;
	quants_widen(floats, halves, 1u << 16);
	plain_widen(plain, halves, 1u << 16);
	assert_memory_equal(floats, plain, sizeof(plain));
	assert_int_equal(floats[sizeof(floats) - 1], GUARD);
	/* 1, -2, the largest and the smallest number. */
	memcpy(&value, floats + 4 * 0x3c00, 4);
	assert_true(value == 1);
	memcpy(&value, floats + 4 * 0xc000, 4);
	assert_true(value == -2);
	memcpy(&value, floats + 4 * 0x7bff, 4);
	assert_true(value == 65504);
	memcpy(&value, floats + 4 * 1, 4);
	assert_true(value == 0x1p-24f);
	memcpy(&value, floats + 4 * 0xfc00, 4);
	assert_true(isinf(value) && value < 0);
	memcpy(&value, floats + 4 * 0x7c01, 4);
	assert_true(isnan(value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_weight_keeps_its_value),
		cmocka_unit_test(test_the_layout_is_that_of_ggml),
		cmocka_unit_test(test_pieces_may_come_in_any_order),
		cmocka_unit_test(test_each_half_becomes_its_float),
	};

	return cmocka_run_group_tests_name("quants", tests, NULL, NULL);
}
