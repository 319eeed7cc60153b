/* SPDX-License-Identifier: MIT */
#include "plain.h"

#include <math.h>
#include <string.h>

int plain_weight(const unsigned char *tensor, size_t row_weights, size_t row,
		 size_t column)
{
	const size_t block = row * (row_weights / 32) + column / 32;
	const unsigned char *bytes = tensor + block * 18 + 2;
	const size_t weight = column % 32;

	if (weight < 16)
		return bytes[weight] % 16 - 8;
	return bytes[weight - 16] / 16 - 8;
}

int plain_weight_x8(const unsigned char *tensor, size_t row_weights, size_t row,
		    size_t column)
{
	const size_t block = row / 8 * (row_weights / 32) + column / 32;
	const size_t byte = column % 16;
	const unsigned char both = tensor[block * 144 + 16 + byte / 8 * 64 +
					  row % 8 * 8 + byte % 8];
	const int half = column % 32 < 16 ? both % 16 : both / 16;

	return half < 8 ? half : half - 16;
}

/* Put one weight at its place, which is 0. */
static void set_weight_x8(unsigned char *tensor, size_t row_weights, size_t row,
			  size_t column, int weight)
{
	const size_t block = row / 8 * (row_weights / 32) + column / 32;
	const size_t byte = column % 16;
	const int half = weight < 0 ? weight + 16 : weight;
	unsigned char *both = &tensor[block * 144 + 16 + byte / 8 * 64 +
				      row % 8 * 8 + byte % 8];

	*both = (unsigned char)(*both + (column % 32 < 16 ? half : half * 16));
}

void plain_repack(unsigned char *to, const unsigned char *from, size_t rows,
		  size_t row_weights)
{
	const size_t row_blocks = row_weights / 32;
	size_t row, column, block;

	memset(to, 0, rows * row_blocks * 18);
	for (row = 0; row < rows; row++)
		for (column = 0; column < row_weights; column++)
			set_weight_x8(to, row_weights, row, column,
				      plain_weight(from, row_weights, row, column));
	for (row = 0; row < rows; row++)
		for (block = 0; block < row_blocks; block++)
			memcpy(to + (row / 8 * row_blocks + block) * 144 +
			       row % 8 * 2,
			       from + (row * row_blocks + block) * 18, 2);
}

static uint32_t widened(unsigned half)
{
	const int exponent = half / 1024 % 32;
	const unsigned mantissa = half % 1024;
	float value;
	uint32_t bits;

	if (exponent == 0)
		value = ldexpf((float)mantissa, -24);
	else
		value = ldexpf((float)(1024 + mantissa), exponent - 25);
	memcpy(&bits, &value, sizeof(bits));
	/* Infinite, or not a number, which keeps its bits. */
	if (exponent == 31)
		bits = 0x7f800000 + mantissa * 8192;
	return bits + (half >= 32768 ? 0x80000000 : 0);
}

void plain_widen(unsigned char *to, const unsigned char *from, size_t numbers)
{
	uint32_t bits;
	size_t i;

	for (i = 0; i < numbers; i++) {
		bits = widened(from[2 * i] + 256u * from[2 * i + 1]);
		memcpy(to + 4 * i, &bits, sizeof(bits));
	}
}
