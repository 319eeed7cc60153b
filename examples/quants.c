/* SPDX-License-Identifier: MIT */
#include "quants.h"

#include <string.h>

/* Bytes of a row's weights that lie side by side in a block of Q4_0x8. */
#define RUN 8u
#define RUNS ((Q4_0_BYTES - SCALE) / RUN)
#define SCALE 2u
/* All scales of a block of Q4_0x8. */
#define SCALES (Q4_0X8_ROWS * SCALE)

/* Put a block of Q4_0 into its row of a block of Q4_0x8. */
static void put_block(unsigned char *to, const unsigned char *from, unsigned row)
{
	unsigned run;
	uint64_t bytes;

	memcpy(to + row * SCALE, from, SCALE);
	for (run = 0; run < RUNS; run++) {
		memcpy(&bytes, from + SCALE + run * RUN, RUN);
		/* For four bits, this subtracts 8 in two's complement. */
		bytes ^= UINT64_C(0x8888888888888888);
		memcpy(to + SCALES + (run * Q4_0X8_ROWS + row) * RUN, &bytes, RUN);
	}
}

/* A block is made aside and written at once, for memory that the processor
 * writes through a write-combining buffer. */
void quants_repack_groups(void *to, const void *from, size_t groups,
			  size_t row_blocks)
{
	const size_t row_bytes = row_blocks * Q4_0_BYTES;
	const unsigned char *in = from;
	unsigned char block[Q4_0X8_BYTES], *out = to;
	size_t column;
	unsigned row;

	for (; groups > 0; groups--, in += Q4_0X8_ROWS * row_bytes)
		for (column = 0; column < row_blocks; column++) {
			for (row = 0; row < Q4_0X8_ROWS; row++)
				put_block(block, in + row * row_bytes +
					  column * Q4_0_BYTES, row);
			memcpy(out, block, sizeof(block));
			out += sizeof(block);
		}
}

void quants_repack_blocks(void *to, const void *from, uint64_t first,
			  size_t blocks, uint64_t row_blocks)
{
	const unsigned char *in = from;
	uint64_t row = first / row_blocks, column = first % row_blocks;
	uint64_t place;

	for (; blocks > 0; blocks--, in += Q4_0_BYTES) {
		place = row / Q4_0X8_ROWS * row_blocks + column;
		put_block((unsigned char *)to + place * Q4_0X8_BYTES, in,
			  (unsigned)(row % Q4_0X8_ROWS));
		if (++column == row_blocks) {
			column = 0;
			row++;
		}
	}
}

static uint32_t widen(uint32_t half)
{
	const uint32_t sign = (half & 0x8000) << 16;
	const uint32_t exponent = half >> 10 & 31, mantissa = half & 1023;
	/* Below the smallest exponent there are only multiples of this. */
	const float tiny = (float)mantissa * 0x1p-24f;
	uint32_t bits;

	memcpy(&bits, &tiny, sizeof(bits));
	if (exponent > 0)
		bits = (exponent - 15 + 127) << 23 | mantissa << 13;
	/* Infinite, or not a number. */
	if (exponent == 31)
		bits |= UINT32_C(255) << 23;
	return sign | bits;
}

void quants_widen(void *to, const void *from, size_t numbers)
{
	const unsigned char *in = from;
	unsigned char *out = to;
	uint32_t bits;
	size_t i;

	for (i = 0; i < numbers; i++) {
		bits = widen(in[2 * i] | (uint32_t)in[2 * i + 1] << 8);
		memcpy(out + 4 * i, &bits, sizeof(bits));
	}
}
