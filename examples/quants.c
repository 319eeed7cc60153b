/* SPDX-License-Identifier: MIT */
#include "quants.h"

#include <endian.h>
#include <string.h>

#define SCALE 2u
/* All scales of a block of Q4_0x8. */
#define SCALES (Q4_0X8_ROWS * SCALE)
/* Bytes of a row's weights that lie side by side in it. */
#define RUN 8u
#define RUNS ((Q4_0_BYTES - SCALE) / RUN)

/* For each four bits, this subtracts 8 in two's complement. */
static void put_run(unsigned char *to, const unsigned char *from)
{
	uint64_t bytes;

	memcpy(&bytes, from, RUN);
	bytes ^= UINT64_C(0x8888888888888888);
	memcpy(to, &bytes, RUN);
}

/* Make a block of Q4_0x8 of blocks of Q4_0 that are a row apart. It is written
 * from its beginning to its end, for memory that the processor writes through
 * write-combining buffers. */
static void make_block(unsigned char *to, const unsigned char *from,
		       size_t row_bytes)
{
	unsigned row, run;

#pragma GCC unroll 8
	for (row = 0; row < Q4_0X8_ROWS; row++, to += SCALE)
		memcpy(to, from + row * row_bytes, SCALE);
	for (run = 0; run < RUNS; run++)
#pragma GCC unroll 8
		for (row = 0; row < Q4_0X8_ROWS; row++, to += RUN)
			put_run(to, from + row * row_bytes + SCALE + run * RUN);
}

void quants_repack_groups(void *to, const void *from, size_t groups,
			  size_t row_blocks)
{
	const size_t row_bytes = row_blocks * Q4_0_BYTES;
	const unsigned char *in = from;
	unsigned char *out = to;
	size_t column;

	for (; groups > 0; groups--, in += Q4_0X8_ROWS * row_bytes)
		for (column = 0; column < row_blocks; column++) {
			make_block(out, in + column * Q4_0_BYTES, row_bytes);
			out += Q4_0X8_BYTES;
		}
}

/* Put a block of Q4_0 into its row of a block of Q4_0x8. */
static void put_block(unsigned char *to, const unsigned char *from, unsigned row)
{
	unsigned run;

	memcpy(to + row * SCALE, from, SCALE);
	for (run = 0; run < RUNS; run++)
		put_run(to + SCALES + (run * Q4_0X8_ROWS + row) * RUN,
			from + SCALE + run * RUN);
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
	uint16_t half;
	uint32_t bits;
	size_t i;

	for (i = 0; i < numbers; i++) {
		memcpy(&half, in + 2 * i, sizeof(half));
		bits = widen(le16toh(half));
		memcpy(out + 4 * i, &bits, sizeof(bits));
	}
}
