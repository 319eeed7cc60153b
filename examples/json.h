/* SPDX-License-Identifier: MIT */
/*
 * JSON that nobody has vouched for, in a header: json-c reads the texts and the
 * lists in it, one at a time. The objects around them are taken apart here,
 * because an object of json-c keeps the last of two members of one name and tells
 * nobody. So nothing can make json-c build anything large or deep, either.
 */
#ifndef JSON_H
#define JSON_H

#include <json-c/json.h>

#include "header.h"

struct json_reader {
	struct header *header;
	struct json_tokener *tokener;
	/* The depth of the value that is being stepped over. */
	unsigned depth;
};

/* These return 0, or -1 with the reason in the header. */

int json_init(struct json_reader *json, struct header *header);
void json_finish(struct json_reader *json);

/* Step over white space to one of these characters, which is not taken. */
int json_expect(struct json_reader *json, const char *any_of, unsigned char *c);
/*
 * Takes an object apart: calls read_member after each name, which is to read the
 * member's value.
 */
int json_members(struct json_reader *json,
		 int (*read_member)(struct json_object *name, void *data),
		 void *data);

/* Step over the next value, of whatever kind. Refuse what is nested deeper than
 * any writer nests. */
int json_skip(struct json_reader *json);
/* Refuse anything but white space up to the end of the header. */
int json_end(struct json_reader *json);
/* Step over a null. Return 1 if there was one, 0 if the next value is not
 * null. */
int json_null(struct json_reader *json);

/* A text, which is UTF-8, or a list of what has no members itself, that takes no more
 * than limit bytes. The caller puts it. NULL if it is none. */
struct json_object *json_text(struct json_reader *json);
struct json_object *json_list(struct json_reader *json, size_t limit);

/* Compares a text. */
bool json_is(struct json_object *text, const char *word);

#endif
