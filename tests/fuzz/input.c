/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <string.h>

static const uint8_t *next, *end;

void input_begin(const uint8_t *data, size_t size)
{
	next = data;
	end = data + size;
}

bool input_is_over(void)
{
	return next == end;
}

bool input_skip(const char *mark)
{
	const size_t length = strlen(mark);

	if ((size_t)(end - next) < length || memcmp(next, mark, length) != 0)
		return false;
	next += length;
	return true;
}

uint8_t input_byte(void)
{
	return next < end ? *next++ : 0;
}

uint32_t input_word(void)
{
	const uint32_t low = input_byte();

	return low | (uint32_t)input_byte() << 8;
}

uint32_t input_below(uint32_t n)
{
	return (n <= 256 ? input_byte() : input_word()) % n;
}

/* Never true after the end of the input. */
bool input_one_in(uint32_t n)
{
	return input_below(n) == n - 1;
}
