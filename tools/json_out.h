/* SPDX-License-Identifier: MIT */
/*
 * Receives: what is to be printed as JSON.
 * Hands on: one object.
 * Always:   it is valid, whatever the names of files hold and figures are, and does
 *           nothing to a terminal.
 */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include <dmaload.h>

/* DMALOAD_UNKNOWN is null. */
void json_add_uint(struct json_object *object, const char *key, uint64_t value);
/* An infinite value, or NaN, is null. */
struct json_object *json_double(double value);
void json_add_double(struct json_object *object, const char *key, double value);
void json_add_seconds(struct json_object *object, const char *key, uint64_t ns);
void json_add_bool(struct json_object *object, const char *key, bool value);
/* NULL is null. U+FFFD is printed for each byte that is no UTF-8. */
void json_add_text(struct json_object *object, const char *key,
		   const char *text);
void json_add_error(struct json_object *object,
		    const struct dmaload_error *error);

/* 0 or -errno. */
int json_print(struct json_object *object, FILE *out);

#endif
