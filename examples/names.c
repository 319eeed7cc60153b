/* SPDX-License-Identifier: MIT */
/*
 * Escapes names. Receives the bytes of a name in a file; hands on text.
 * Always: the text is UTF-8, without a control character.
 */
#include "names.h"

#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Decode the first character. Return how many bytes it has, 0 if it is
 * malformed. */
static size_t decode(iconv_t utf8, const char *bytes, size_t length, wchar_t *c)
{
	char *in = (char *)bytes, *out = (char *)c;
	size_t left = length, room = sizeof(*c);

	if ((unsigned char)*bytes < 0x80) {
		*c = *bytes;
		return 1;
	}
	/* One character: it fails then, since there is no room for more. */
	iconv(utf8, &in, &left, &out, &room);
	if (room == 0 && *c <= 0x10ffff)
		return length - left;
	iconv(utf8, NULL, NULL, NULL, NULL);
	return 0;
}

static bool is_printable(wchar_t c)
{
	return c >= ' ' && c != '\\' && !(c >= 0x7f && c <= 0x9f);
}

/* Write each of these bytes as an escape. Return the end of the text. */
static char *escape(char *to, const char *bytes, size_t length)
{
	for (; length > 0; bytes++, length--) {
		if (*bytes == '\\')
			to += sprintf(to, "\\\\");
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*bytes);
	}
	return to;
}

char *name_escape(const char *bytes, size_t length)
{
	/* An escape has up to four characters for a byte. */
	char *text = length < SIZE_MAX / 4 ? malloc(4 * length + 1) : NULL;
	iconv_t utf8 = iconv_open("WCHAR_T", "UTF-8");
	char *to = text, *fitting;
	wchar_t c;
	size_t n;

	while (text && length > 0) {
		n = utf8 != (iconv_t)-1 ? decode(utf8, bytes, length, &c) : 0;
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
	if (utf8 != (iconv_t)-1)
		iconv_close(utf8);
	if (!text)
		return NULL;
	*to = '\0';
	fitting = realloc(text, (size_t)(to - text) + 1);
	return fitting ? fitting : text;
}

bool name_is_utf8(const char *bytes, size_t length)
{
	iconv_t utf8;
	size_t n = 1;
	wchar_t c;

	/* Most texts are ASCII. */
	for (; length > 0 && (unsigned char)*bytes < 0x80; bytes++)
		length--;
	if (length == 0)
		return true;
	utf8 = iconv_open("WCHAR_T", "UTF-8");
	if (utf8 == (iconv_t)-1)
		return false;
	for (; n > 0 && length > 0; bytes += n, length -= n)
		n = decode(utf8, bytes, length, &c);
	iconv_close(utf8);
	return length == 0;
}

struct name_start name_start(const char *name)
{
	const size_t most = sizeof(struct name_start) - sizeof("...");
	struct name_start start;
	size_t n = strlen(name);

	if (n <= most) {
		memcpy(start.text, name, n + 1);
		return start;
	}
	n = most;
	/* Cut between two characters. */
	while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	memcpy(start.text, name, n);
	memcpy(start.text + n, "...", sizeof("..."));
	return start;
}
