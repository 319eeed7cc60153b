/* SPDX-License-Identifier: MIT */
/* In place of json_out.c, if the program is built without json-c. */
#include "json_out.h"

#include <errno.h>

#include "arguments.h"

const char json_built_with[] = "no json-c (without --json)";

bool json_accept(void)
{
	mistake("this dmaload is built without json-c, so it has no --json; "
		"build it with libjson-c-dev and -Djson=enabled");
	return false;
}

struct json_object *json_object_new_object(void)
{
	return NULL;
}

struct json_object *json_object_new_array(void)
{
	return NULL;
}

struct json_object *json_object_new_boolean(bool value)
{
	(void)value;
	return NULL;
}

struct json_object *json_object_new_int(int value)
{
	(void)value;
	return NULL;
}

struct json_object *json_object_new_string(const char *value)
{
	(void)value;
	return NULL;
}

int json_object_object_add(struct json_object *object, const char *key,
			   struct json_object *value)
{
	(void)object;
	(void)key;
	(void)value;
	return 0;
}

int json_object_array_add(struct json_object *array, struct json_object *value)
{
	(void)array;
	(void)value;
	return 0;
}

int json_object_put(struct json_object *object)
{
	(void)object;
	return 0;
}

void json_add_uint(struct json_object *object, const char *key, uint64_t value)
{
	(void)object;
	(void)key;
	(void)value;
}

struct json_object *json_double(double value)
{
	(void)value;
	return NULL;
}

void json_add_double(struct json_object *object, const char *key, double value)
{
	(void)object;
	(void)key;
	(void)value;
}

void json_add_seconds(struct json_object *object, const char *key, uint64_t ns)
{
	json_add_uint(object, key, ns);
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	(void)object;
	(void)key;
	(void)value;
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	(void)object;
	(void)key;
	(void)text;
}

void json_add_error(struct json_object *object, const struct dmaload_error *error)
{
	(void)object;
	(void)error;
}

int json_print(struct json_object *object, FILE *out)
{
	(void)object;
	(void)out;
	return -ENOSYS;
}
