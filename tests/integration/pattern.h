/* SPDX-License-Identifier: MIT */
/*
 * The contents of test files are a function of the offset alone. So a byte that
 * is misplaced, missing or doubled is noticed wherever it lands.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* splitmix64's finaliser: eight bytes that no other offset has. */
static inline uint64_t pattern_word(uint64_t index)
{
	uint64_t z = (index + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline unsigned char pattern_byte(uint64_t offset)
{
	return (unsigned char)(pattern_word(offset / 8) >> (offset % 8 * 8));
}

/* Write length bytes of the file from offset on. */
static inline void pattern_fill(unsigned char *data, size_t length,
				uint64_t offset)
{
	uint64_t word;
	size_t i = 0;

	for (; i < length && (offset + i) % 8 != 0; i++)
		data[i] = pattern_byte(offset + i);
	for (; length - i >= 8; i += 8) {
		word = htole64(pattern_word((offset + i) / 8));
		memcpy(data + i, &word, 8);
	}
	for (; i < length; i++)
		data[i] = pattern_byte(offset + i);
}

/* Return the first of length bytes that differs from the file's from offset on;
 * length if none does. Compare whole words first: the guest's processor is
 * emulated. */
static inline size_t pattern_differs(const unsigned char *data, size_t length,
				     uint64_t offset)
{
	uint64_t word;
	size_t i = 0;

	for (; i < length && (offset + i) % 8 != 0; i++)
		if (data[i] != pattern_byte(offset + i))
			return i;
	for (; length - i >= 8; i += 8) {
		memcpy(&word, data + i, 8);
		if (le64toh(word) != pattern_word((offset + i) / 8))
			break;
	}
	while (i < length && data[i] == pattern_byte(offset + i))
		i++;
	return i;
}

#endif
