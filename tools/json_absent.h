/* SPDX-License-Identifier: MIT */
/*
 * Receives: what would become JSON.
 * Hands on: nothing.
 * Always:   in place of json-c, if the program is built without it. The option
 *           --json is refused, so no object is printed.
 */
#ifndef JSON_ABSENT_H
#define JSON_ABSENT_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

struct json_object *json_object_new_object(void);
struct json_object *json_object_new_array(void);
struct json_object *json_object_new_boolean(bool value);
struct json_object *json_object_new_int(int value);
struct json_object *json_object_new_string(const char *value);
int json_object_object_add(struct json_object *object, const char *key,
			   struct json_object *value);
int json_object_array_add(struct json_object *array, struct json_object *value);
int json_object_put(struct json_object *object);

#endif
