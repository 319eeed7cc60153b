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
};

/* These return 0, or -1 with the reason in the header. */

int json_init(struct json_reader *json, struct header *header);
void json_finish(struct json_reader *json);

/*
 * Takes an object apart: calls read_member after each name, which is to read the
 * member's value.
 */
int json_members(struct json_reader *json,
		 int (*read_member)(struct json_object *name, void *data),
		 void *data);

/* A text, or a list of what has no members itself, that takes no more than limit
 * bytes. The caller puts it. NULL if it is none. */
struct json_object *json_text(struct json_reader *json, size_t limit);
struct json_object *json_list(struct json_reader *json, size_t limit);

/* Compares a text. */
bool json_is(struct json_object *text, const char *word);

#endif
