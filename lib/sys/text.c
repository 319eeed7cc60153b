/* SPDX-License-Identifier: MIT */
#include "sys/text.h"

#include <stdio.h>
#include <string.h>

/* Replaces the part that is left out. */
#define GAP "..."
#define GAP_LENGTH (sizeof(GAP) - 1)

/* Return the length by the first byte; 0: no character begins like that. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t text_character(const char *text, uint32_t *character)
{
	/* A form that is longer than needed is not UTF-8 (RFC 3629). */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	const size_t length = length_of(bytes[0]);
	uint32_t value = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
	size_t i;

	for (i = 1; i < length; i++) {
		/* The NUL at the end stops here, too. */
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return length;
}

bool text_is_control(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x061c, 0x061c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x206f },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

static bool is_inside(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

void text_drop_part(char *text, size_t length)
{
	uint32_t character;
	size_t at = length;

	while (at > 0 && length - at < 3 && is_inside(text[at - 1]))
		at--;
	if (at > 0 && length_of((unsigned char)text[at - 1]) > 1 &&
	    text_character(text + at - 1, &character) == 0)
		text[at - 1] = '\0';
}

/* Replace in place, so that nothing becomes longer. */
static size_t clean(char *text)
{
	const char *from = text;
	uint32_t character;
	char *to = text;
	size_t length;

	while (*from) {
		length = text_character(from, &character);
		if (length == 0 || text_is_control(character)) {
			*to++ = '?';
			from += length == 0 ? 1 : length;
		} else {
			memmove(to, from, length);
			to += length;
			from += length;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* Keep as much of both ends as fits, in whole characters. */
static size_t leave_out(char *out, size_t size, const char *line, size_t length)
{
	const size_t room = size - 1 - GAP_LENGTH;
	size_t head = room / 2, tail = room - head;

	while (head > 0 && is_inside(line[head]))
		head--;
	while (tail > 0 && is_inside(line[length - tail]))
		tail--;
	memcpy(out, line, head);
	memcpy(out + head, GAP, GAP_LENGTH);
	memcpy(out + head + GAP_LENGTH, line + length - tail, tail + 1);
	return head + GAP_LENGTH + tail;
}

size_t text_vformat(char *out, size_t size, const char *format, va_list args)
{
	char line[TEXT_MAX];
	size_t length;

	if (size == 0)
		return 0;
	if (vsnprintf(line, sizeof(line), format, args) >= (int)sizeof(line))
		text_drop_part(line, sizeof(line) - 1);
	length = clean(line);
	if (length >= size && size > 2 * GAP_LENGTH)
		return leave_out(out, size, line, length);
	if (length >= size) {
		length = size - 1;
		line[length] = '\0';
		text_drop_part(line, length);
		length = strlen(line);
	}
	memcpy(out, line, length + 1);
	return length;
}

size_t text_format(char *out, size_t size, const char *format, ...)
{
	va_list args;
	size_t length;

	va_start(args, format);
	length = text_vformat(out, size, format, args);
	va_end(args);
	return length;
}
