/* SPDX-License-Identifier: MIT */
/*
 * Read decisions from the bytes of an input. After its end all decisions are 0, so 0
 * should be the decision that does least.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void input_begin(const uint8_t *data, size_t size);
bool input_is_over(void);
/* If the rest of the input begins with a mark, skip it. Return whether it does. */
bool input_skip(const char *mark);

/* Read one byte; two bytes; a number below n, at most 65536; true once in n. */
uint8_t input_byte(void);
uint32_t input_word(void);
uint32_t input_below(uint32_t n);
bool input_one_in(uint32_t n);

#endif
