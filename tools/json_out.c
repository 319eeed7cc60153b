/* SPDX-License-Identifier: MIT */
#include "json_out.h"

#include <errno.h>
#include <math.h>

#include "../lib/sys/text.h"

#define REPLACEMENT "\ufffd"

const char json_built_with[] = "json-c " JSON_C_VERSION;

bool json_accept(void)
{
	return true;
}

void json_add_uint(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, value == DMALOAD_UNKNOWN ?
			       NULL : json_object_new_uint64(value));
}

static struct json_object *number(double value, const char *format)
{
	struct json_object *object;

	if (!isfinite(value))
		return NULL;
	object = json_object_new_double(value);
	json_object_set_serializer(object, json_object_double_to_json_string,
				   (void *)format, NULL);
	return object;
}

struct json_object *json_double(double value)
{
	return number(value, "%.9g");
}

void json_add_double(struct json_object *object, const char *key, double value)
{
	json_object_object_add(object, key, json_double(value));
}

void json_add_seconds(struct json_object *object, const char *key, uint64_t ns)
{
	json_object_object_add(object, key, number((double)ns / 1e9, "%.9f"));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, text ?
			       json_object_new_string(text) : NULL);
}

void json_add_error(struct json_object *object, const struct dmaload_error *error)
{
	struct json_object *inner = json_object_new_object();

	json_object_object_add(inner, "code", json_object_new_int(error->code));
	json_add_text(inner, "message", error->message);
	json_object_object_add(object, "error", inner);
}

/*
 * json-c escapes C0, and passes on all other bytes as they are. Characters
 * beyond ASCII occur only in strings, where an escape is the same character.
 */
static void print(const char *text, FILE *out)
{
	uint32_t character = 0;
	size_t length;

	for (; *text; text += length) {
		length = text_character(text, &character);
		if (length == 0) {
			fputs(REPLACEMENT, out);
			length = 1;
		} else if (character >= 0x7f && text_is_control(character)) {
			fprintf(out, "\\u%04x", (unsigned)character);
		} else {
			fwrite(text, 1, length, out);
		}
	}
	fputc('\n', out);
}

int json_print(struct json_object *object, FILE *out)
{
	const char *text = json_object_to_json_string_ext(object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	errno = 0;
	print(text, out);
	return ferror(out) ? (errno ? -errno : -EIO) : 0;
}
