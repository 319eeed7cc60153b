/* SPDX-License-Identifier: MIT */
/*
 * Untrusted JSON in a header. json-c reads its texts and lists, one at a time.
 * This file parses the objects, because json-c silently keeps the last of two
 * members with the same name. So json-c never builds anything large or deep,
 * either.
 */
#ifndef JSON_H
#define JSON_H

#include <json-c/json.h>

#include "header.h"

struct json_reader {
	struct header *header;
	struct json_tokener *tokener;
	/* The depth of the value that is being skipped. */
	unsigned depth;
};

/* These return 0, or -1 with the reason in the header. */

int json_init(struct json_reader *json, struct header *header);
void json_finish(struct json_reader *json);

/* Step over white space to one of these characters, which is not taken. */
int json_expect(struct json_reader *json, const char *any_of, unsigned char *c);
/*
 * Parse an object: call read_member after each name, to read the member's
 * value.
 */
int json_members(struct json_reader *json,
		 int (*read_member)(struct json_object *name, void *data),
		 void *data);

/* Skip the next value, of any kind. Refuse values that are nested deeper than
 * any writer nests. */
int json_skip(struct json_reader *json);
/* Skip a text, and refuse any other value. */
int json_skip_text(struct json_reader *json);
/* Refuse anything but white space up to the end of the header. */
int json_end(struct json_reader *json);
/* Skip a null. Return 1 if there was one, 0 if the next value is not null. */
int json_null(struct json_reader *json);

/* Read a text in UTF-8, or a list without objects, of at most limit bytes. The
 * caller frees it. Return NULL if the next value is neither. */
struct json_object *json_text(struct json_reader *json);
struct json_object *json_list(struct json_reader *json, size_t limit);

/* Compare a text. */
bool json_is(struct json_object *text, const char *word);

#endif
