/* SPDX-License-Identifier: MIT */
/*
 * Escapes names. Receives the bytes of a name in a file; hands on text.
 * Always: the text is UTF-8, without a control character.
 */
#include "names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Return the length by the first byte; 0: no character begins like that. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Decode the first character. Return how many bytes it has, 0 if it is
 * malformed. */
static size_t decode(const char *bytes, size_t length, uint32_t *c)
{
	/* A form that is longer than needed is not UTF-8 (RFC 3629). */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const size_t n = length_of((unsigned char)bytes[0]);
	uint32_t value = (unsigned char)bytes[0];
	size_t i;

	if (n > length)
		return 0;
	if (n > 1)
		value &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | ((unsigned char)bytes[i] & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*c = value;
	return n;
}

static bool is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f }, { '\\', '\\' }, { 0x7f, 0x9f },
		{ 0x061c, 0x061c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
		{ 0x2066, 0x206f },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return false;
	return true;
}

/* Write each of these bytes as an escape. Return the end of the text. */
static char *escape(char *to, const char *bytes, size_t length)
{
	for (; length > 0; bytes++, length--) {
		if (*bytes == '\\')
			to = stpcpy(to, "\\\\");
		else
			to += snprintf(to, 5, "\\x%02x", (unsigned char)*bytes);
	}
	return to;
}

char *name_escape(const char *bytes, size_t length)
{
	/* An escape has up to four characters for a byte. */
	char *text = length < SIZE_MAX / 4 ? malloc(4 * length + 1) : NULL;
	char *to = text, *fitting;
	uint32_t c;
	size_t n;

	if (!text)
		return NULL;
	while (length > 0) {
		n = decode(bytes, length, &c);
		if (n > 0 && is_printable(c)) {
			memcpy(to, bytes, n);
			to += n;
		} else {
			n = n > 0 ? n : 1;
			to = escape(to, bytes, n);
		}
		bytes += n;
		length -= n;
	}
	*to = '\0';
	fitting = realloc(text, (size_t)(to - text) + 1);
	return fitting ? fitting : text;
}

bool name_is_utf8(const char *bytes, size_t length)
{
	size_t n = 1;
	uint32_t c;

	for (; n > 0 && length > 0; bytes += n, length -= n)
		n = decode(bytes, length, &c);
	return length == 0;
}

bool name_is_printable(const char *name)
{
	size_t length = strlen(name), n;
	uint32_t c;

	for (; length > 0; name += n, length -= n) {
		n = decode(name, length, &c);
		if (n == 0 || (c != '\\' && !is_printable(c)))
			return false;
	}
	return true;
}

bool name_is_inside(const char *file, size_t length)
{
	const char *at = file, *end;

	if (length == 0 || strlen(file) != length || !name_is_printable(file))
		return false;
	do {
		end = at + strcspn(at, "/");
		if (end == at || (end - at == 2 && memcmp(at, "..", 2) == 0))
			return false;
		at = end + 1;
	} while (*end == '/');
	return true;
}

static bool is_inner(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

struct name_start name_start(const char *name)
{
	const size_t max = sizeof(struct name_start) - sizeof("...");
	struct name_start start;
	size_t n = strlen(name);

	if (n <= max) {
		memcpy(start.text, name, n + 1);
		return start;
	}
	n = max;
	/* Cut between two characters. */
	while (n > 0 && is_inner(name[n]))
		n--;
	memcpy(start.text, name, n);
	memcpy(start.text + n, "...", sizeof("..."));
	return start;
}

struct name_end name_end(const char *path)
{
	const size_t max = sizeof(struct name_end) - sizeof("...");
	const size_t length = strlen(path);
	struct name_end end;

	if (length <= max) {
		memcpy(end.text, path, length + 1);
		return end;
	}
	path += length - max;
	while (is_inner(*path))
		path++;
	snprintf(end.text, sizeof(end.text), "...%s", path);
	return end;
}

void name_drop_part(char *text)
{
	size_t length = strlen(text), n = 0;
	uint32_t c;

	while (n < length && n < 3 && is_inner(text[length - 1 - n]))
		n++;
	if (n < length && length_of((unsigned char)text[length - 1 - n]) > n + 1 &&
	    decode(text + length - 1 - n, n + 1, &c) == 0)
		text[length - 1 - n] = '\0';
}
