/* SPDX-License-Identifier: MIT */
/*
 * Check a text of JSON from its opening quote to the closing one, byte by byte.
 * json-c replaces half a character by U+FFFD, so two names could become equal.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct json_text {
	enum { OPENING, INSIDE, ESCAPED, DIGITS, CLOSED } state;
	/* The digits of an escape: how many of the four were read, and their
	 * value. */
	unsigned digits, unit;
	/* The first half of a character outside of the basic plane was read. */
	bool half;
	/* One half was read without the other. */
	bool broken;
};

/* Return how many of these bytes belong to the text: all, or those before its
 * end, a control character or an error. */
size_t json_text_scan(struct json_text *text, const unsigned char *bytes,
		      size_t length);

#endif
