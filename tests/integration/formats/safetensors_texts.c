/* SPDX-License-Identifier: MIT */
/*
 * Safetensors files with an invalid text in each place that a text may have. No
 * writer means such a text, and a reader would make a name of it that exists
 * nowhere else.
 */
#include "safetensors_models.h"

#define HEADER(function, text) \
	static void function(struct bytes *file) \
	{ \
		safetensors_begin(file, "{" text "}"); \
		put_zeros(file, 8); \
	}
#define TENSOR "{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]"
#define EVERYWHERE(name, text) \
	HEADER(name##_name, "\"a" text "\":" TENSOR "}") \
	HEADER(name##_metadata, "\"__metadata__\":{\"a\":\"" text "\"},\"a\":" \
	       TENSOR "}") \
	HEADER(name##_key, "\"__metadata__\":{\"" text "b\":\"\"},\"a\":" \
	       TENSOR "}") \
	HEADER(name##_member, "\"a\":" TENSOR ",\"b" text "\":1}") \
	HEADER(name##_value, "\"a\":" TENSOR ",\"b\":[\"" text "\"]}")
#define REFUSED(name, reason) \
	{ #name "-name", name##_name, reason }, \
	{ #name "-metadata", name##_metadata, reason }, \
	{ #name "-key", name##_key, reason }, \
	{ #name "-member", name##_member, reason }, \
	{ #name "-value", name##_value, reason }

EVERYWHERE(no_utf8, "\xff")
EVERYWHERE(overlong, "\xc0\xae")
EVERYWHERE(cut, "\xe2\x82")
EVERYWHERE(raw_surrogate, "\xed\xa0\x80")
EVERYWHERE(beyond_unicode, "\xf4\x90\x80\x80")
EVERYWHERE(cut_by_escape, "\xc3\\u00a9")
EVERYWHERE(control, "\t")
EVERYWHERE(bad_escape, "\\x41")
EVERYWHERE(first_half, "\\ud83d")
EVERYWHERE(second_half, "\\ude00")
EVERYWHERE(halves_reversed, "\\ude00\\ud83d")
EVERYWHERE(two_first_halves, "\\ud83d\\ud83d\\ude00")
EVERYWHERE(half_and_escape, "\\ud83d\\n")
EVERYWHERE(half_and_text, "\\uD83Dude00")

const struct bad safetensors_texts[SAFETENSORS_TEXTS] = {
	REFUSED(no_utf8, "is no UTF-8"),
	REFUSED(overlong, "is no UTF-8"),
	REFUSED(cut, "is no UTF-8"),
	REFUSED(raw_surrogate, "is no UTF-8"),
	REFUSED(beyond_unicode, "is no UTF-8"),
	REFUSED(cut_by_escape, "is no UTF-8"),
	REFUSED(control, "control character at byte"),
	REFUSED(bad_escape, "the value at byte"),
	REFUSED(first_half, "half a character at byte"),
	REFUSED(second_half, "half a character at byte"),
	REFUSED(halves_reversed, "half a character at byte"),
	REFUSED(two_first_halves, "half a character at byte"),
	REFUSED(half_and_escape, "half a character at byte"),
	REFUSED(half_and_text, "half a character at byte"),
};
