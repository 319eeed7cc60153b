/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "json_text.h"
#include "names.h"

/* The limit for a value that is skipped; serde_json has the same. */
#define DEPTH_MAX 128

int json_init(struct json_reader *json, struct header *header)
{
	json->header = header;
	json->depth = 0;
	/* A list, and what is in it. */
	json->tokener = json_tokener_new_ex(2);
	if (!json->tokener)
		return refuse_memory(header, "no memory for a JSON reader");
	return 0;
}

void json_finish(struct json_reader *json)
{
	json_tokener_free(json->tokener);
}

/* With its length: a text of JSON can have NULs in it. */
bool json_is(struct json_object *text, const char *word)
{
	return (size_t)json_object_get_string_len(text) == strlen(word) &&
	       strcmp(json_object_get_string(text), word) == 0;
}

/* Steps over white space to another character, and does not take it. */
static int next(struct json_reader *json, unsigned char *c)
{
	const unsigned char *bytes;
	size_t length, i;

	do {
		if (header_peek(json->header, &bytes, &length) < 0)
			return -1;
		for (i = 0; i < length; i++)
			if (!memchr(" \t\n\r", bytes[i], 4))
				break;
		json->header->at += i;
	} while (i == length);
	*c = bytes[i];
	return 0;
}

int json_expect(struct json_reader *json, const char *any_of, unsigned char *c)
{
	if (next(json, c) < 0)
		return -1;
	if (!memchr(any_of, *c, strlen(any_of)))
		return refuse(json->header, "no %s at byte %" PRIu64, any_of,
			      json->header->at);
	return 0;
}

static int take(struct json_reader *json, const char *any_of, unsigned char *c)
{
	if (json_expect(json, any_of, c) < 0)
		return -1;
	json->header->at++;
	return 0;
}

/* Give json-c a number of the next bytes. */
static enum json_tokener_error feed(struct json_reader *json,
				    const unsigned char *bytes, size_t length,
				    struct json_object **object)
{
	*object = json_tokener_parse_ex(json->tokener, (const char *)bytes,
					(int)length);
	return json_tokener_get_error(json->tokener);
}

static struct json_object *fail(struct json_reader *json, uint64_t begin,
				enum json_tokener_error error)
{
	refuse(json->header, "the value at byte %" PRIu64 ": %s", begin,
	       error == json_tokener_continue ? "too long" :
	       json_tokener_error_desc(error));
	return NULL;
}

/* Give json-c the part of a text that the window has. */
static int feed_text(struct json_reader *json, struct json_text *text,
		     enum json_tokener_error *error, struct json_object **object)
{
	struct header *header = json->header;
	const unsigned char *bytes;
	size_t length;

	if (header_peek(header, &bytes, &length) < 0)
		return -1;
	length = json_text_scan(text, bytes, length);
	if (text->broken)
		return refuse(header, "half a character at byte %" PRIu64,
			      header->at + length);
	if (length == 0)
		return refuse(header, "a control character at byte %" PRIu64,
			      header->at);
	*error = feed(json, bytes, length, object);
	header->at += length;
	return 0;
}

/*
 * Not strict, because json-c 0.18 would then refuse all non-ASCII bytes as
 * control characters. It gets only the text, so no other syntax can pass.
 */
struct json_object *json_text(struct json_reader *json)
{
	enum json_tokener_error error = json_tokener_continue;
	struct json_text text = { .state = OPENING };
	struct json_object *object = NULL;
	unsigned char c;
	uint64_t begin;

	if (json_expect(json, "\"", &c) < 0)
		return NULL;
	begin = json->header->at;
	json_tokener_reset(json->tokener);
	json_tokener_set_flags(json->tokener, 0);
	while (error == json_tokener_continue)
		if (feed_text(json, &text, &error, &object) < 0)
			return NULL;
	if (!object)
		return fail(json, begin, error);
	if (name_is_utf8(json_object_get_string(object),
			 (size_t)json_object_get_string_len(object)))
		return object;
	refuse(json->header, "the text at byte %" PRIu64 " is no UTF-8", begin);
	json_object_put(object);
	return NULL;
}

struct json_object *json_list(struct json_reader *json, size_t limit)
{
	struct header *header = json->header;
	enum json_tokener_error error = json_tokener_continue;
	struct json_object *object = NULL;
	const unsigned char *bytes;
	unsigned char c;
	uint64_t begin;
	size_t length;

	if (json_expect(json, "[", &c) < 0)
		return NULL;
	begin = header->at;
	json_tokener_reset(json->tokener);
	json_tokener_set_flags(json->tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_ALLOW_TRAILING_CHARS);
	while (error == json_tokener_continue && limit > 0) {
		if (header_peek(header, &bytes, &length) < 0)
			return NULL;
		if (length > limit)
			length = limit;
		error = feed(json, bytes, length, &object);
		if (error == json_tokener_success)
			length = json_tokener_get_parse_end(json->tokener);
		header->at += length;
		limit -= length;
	}
	return object ? object : fail(json, begin, error);
}

int json_members(struct json_reader *json,
		 int (*read_member)(struct json_object *name, void *data),
		 void *data)
{
	struct json_object *name;
	unsigned char c;
	int r;

	if (take(json, "{", &c) < 0 || json_expect(json, "\"}", &c) < 0)
		return -1;
	if (c == '}')
		return take(json, "}", &c);
	do {
		name = json_text(json);
		if (!name)
			return -1;
		r = take(json, ":", &c);
		if (r == 0)
			r = read_member(name, data);
		json_object_put(name);
		if (r < 0 || take(json, ",}", &c) < 0)
			return -1;
	} while (c == ',');
	return 0;
}

int json_skip_text(struct json_reader *json)
{
	struct json_object *text = json_text(json);

	if (!text)
		return -1;
	json_object_put(text);
	return 0;
}

/* A number, true, false or null: json-c checks the syntax. */
static int skip_word(struct json_reader *json)
{
	struct json_object *object = NULL;
	const uint64_t begin = json->header->at;
	const unsigned char *bytes;
	/* A list, since json-c needs the bracket to see the end of a number. */
	char list[256] = "[";
	size_t length, n = 1;
	bool valid;

	while (n < sizeof(list) - 1) {
		if (header_peek(json->header, &bytes, &length) < 0)
			return -1;
		if (!memchr("+-.0123456789Eaeflnrstu", bytes[0], 23))
			break;
		list[n++] = (char)bytes[0];
		json->header->at++;
	}
	list[n++] = ']';
	json_tokener_reset(json->tokener);
	json_tokener_set_flags(json->tokener, JSON_TOKENER_STRICT);
	feed(json, (const unsigned char *)list, n, &object);
	valid = object && json_object_array_length(object) == 1;
	json_object_put(object);
	return valid ? 0 : refuse(json->header, "no value at byte %" PRIu64,
				  begin);
}

static int skip_items(struct json_reader *json)
{
	unsigned char c;

	if (take(json, "[", &c) < 0 || next(json, &c) < 0)
		return -1;
	if (c == ']')
		return take(json, "]", &c);
	do {
		if (json_skip(json) < 0 || take(json, ",]", &c) < 0)
			return -1;
	} while (c == ',');
	return 0;
}

static int skip_member(struct json_object *name, void *data)
{
	(void)name;
	return json_skip(data);
}

int json_skip(struct json_reader *json)
{
	unsigned char c;
	int r;

	if (next(json, &c) < 0)
		return -1;
	if (c == '"')
		return json_skip_text(json);
	if (c != '{' && c != '[')
		return skip_word(json);
	if (json->depth == DEPTH_MAX)
		return refuse(json->header, "values at byte %" PRIu64
			      " are nested more than %d deep",
			      json->header->at, DEPTH_MAX);
	json->depth++;
	r = c == '{' ? json_members(json, skip_member, json) : skip_items(json);
	json->depth--;
	return r;
}

int json_end(struct json_reader *json)
{
	struct header *header = json->header;
	unsigned char c;

	if (next(json, &c) < 0)
		return header_left(header) == 0 ? 0 : -1;
	return refuse(header, "byte %" PRIu64 ", behind the object, is no "
		      "white space", header->at);
}

int json_null(struct json_reader *json)
{
	unsigned char c;

	if (next(json, &c) < 0)
		return -1;
	if (c != 'n')
		return 0;
	return skip_word(json) < 0 ? -1 : 1;
}
