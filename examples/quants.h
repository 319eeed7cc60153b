/* SPDX-License-Identifier: MIT */
/*
 * Weights as a kernel wants them. Receives bytes of a GGUF file; hands on the
 * same weights in another form. Always: this is arithmetic alone, and no bytes
 * need an alignment.
 */
#ifndef QUANTS_H
#define QUANTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A block of Q4_0 has 32 weights of a row: a scale of 16 bits, and 16 bytes with
 * two weights each. The low half of byte i is weight i, the high half is weight
 * i + 16. A half is the weight divided by the scale, plus 8.
 */
#define Q4_0_WEIGHTS 32u
#define Q4_0_BYTES 18u

/*
 * Kernels compute 8 rows at a time. So a block of Q4_0x8 has a block each of 8
 * rows: their 8 scales; then the first 8 bytes of each row's weights, and the
 * second 8 bytes of each. A half is in two's complement, without the 8. This is
 * what ggml calls block_q4_0x8.
 */
#define Q4_0X8_ROWS 8u
#define Q4_0X8_BYTES (Q4_0X8_ROWS * Q4_0_BYTES)

/* Repack groups of 8 rows of Q4_0, each row with this number of blocks. A group
 * does not change its size, nor its place. */
void quants_repack_groups(void *to, const void *from, size_t groups,
			  size_t row_blocks);
/* Repack some blocks of a tensor, from this one on. The parts of a block belong
 * to three places of the tensor, which begins at to. */
void quants_repack_blocks(void *to, const void *from, uint64_t first,
			  size_t blocks, uint64_t row_blocks);

/* Convert numbers of 16 bits, F16 in a file, to the floats of this machine. */
void quants_widen(void *to, const void *from, size_t numbers);

#endif
