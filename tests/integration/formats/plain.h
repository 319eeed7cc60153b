/* SPDX-License-Identifier: MIT */
/* The results of examples/quants.c by their definition, weight by weight. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>
#include <stdint.h>

/* The half of a byte that has a weight of a row: of Q4_0, and of Q4_0x8, in
 * tensors with this number of weights a row. The value is without the scale. */
int plain_weight(const unsigned char *tensor, size_t row_weights, size_t row,
		 size_t column);
int plain_weight_x8(const unsigned char *tensor, size_t row_weights, size_t row,
		    size_t column);

/* Repack a whole tensor, and convert F16 to F32. */
void plain_repack(unsigned char *to, const unsigned char *from, size_t rows,
		  size_t row_weights);
void plain_widen(unsigned char *to, const unsigned char *from, size_t numbers);

#endif
