/* SPDX-License-Identifier: MIT */
#include "json_text.h"

/* A character of two halves, in UTF-16: DC00 to DFFF follows D800 to DBFF.
 * Return false if one half is missing. */
static bool end_unit(struct json_text *text)
{
	const unsigned kind = text->unit & 0xfc00;
	const bool good = text->half == (kind == 0xdc00);

	text->half = kind == 0xd800;
	text->state = INSIDE;
	return good;
}

/* json-c refuses a character that is not a digit. */
static bool take_digit(struct json_text *text, unsigned char c)
{
	const int value = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

	text->unit = text->unit << 4 | ((unsigned)value & 0xf);
	return ++text->digits < 4 || end_unit(text);
}

/* The second half has to be an escape, too. */
static bool take(struct json_text *text, unsigned char c)
{
	switch (text->state) {
	case OPENING:
		text->state = INSIDE;
		return true;
	case INSIDE:
		if (c == '\\')
			text->state = ESCAPED;
		else if (c == '"')
			text->state = CLOSED;
		return !text->half || c == '\\';
	case ESCAPED:
		text->state = c == 'u' ? DIGITS : INSIDE;
		text->digits = text->unit = 0;
		return !text->half || c == 'u';
	case DIGITS:
		return take_digit(text, c);
	case CLOSED:
		break;
	}
	return false;
}

size_t json_text_scan(struct json_text *text, const unsigned char *bytes,
		      size_t length)
{
	size_t i;

	for (i = 0; i < length && bytes[i] >= ' ' && text->state != CLOSED; i++) {
		text->broken = !take(text, bytes[i]);
		if (text->broken)
			break;
	}
	return i;
}
