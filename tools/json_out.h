/* SPDX-License-Identifier: MIT */
/*
 * Receives: what to print as JSON.
 * Hands on: one object.
 * Always:   it is valid and safe for a terminal, whatever the names of files
 *           and the figures are.
 */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef HAVE_JSON_C
#include <json-c/json.h>
#else
#include "json_absent.h"
#endif

#include <dmaload.h>

/* Return true if the program can print JSON; else print why not. */
bool json_accept(void);
/* The library that the program is built with, or its absence. */
extern const char json_built_with[];

/* DMALOAD_UNKNOWN becomes null. */
void json_add_uint(struct json_object *object, const char *key, uint64_t value);
/* An infinite value, or NaN, becomes null. */
struct json_object *json_double(double value);
void json_add_double(struct json_object *object, const char *key, double value);
void json_add_seconds(struct json_object *object, const char *key, uint64_t ns);
void json_add_bool(struct json_object *object, const char *key, bool value);
/* NULL becomes null. U+FFFD is printed for each byte that is not UTF-8. */
void json_add_text(struct json_object *object, const char *key,
		   const char *text);
void json_add_error(struct json_object *object,
		    const struct dmaload_error *error);

/* Return 0 or -errno. */
int json_print(struct json_object *object, FILE *out);

#endif
