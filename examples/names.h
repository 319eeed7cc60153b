/* SPDX-License-Identifier: MIT */
/* Untrusted names, made safe for a terminal and for a list. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Return a copy of a name that can be printed. \xNN replaces control characters
 * and bytes that are not UTF-8, and \\ a backslash, so different names stay
 * different. The caller frees the copy. Return NULL if there is no memory.
 */
char *name_escape(const char *bytes, size_t length);

/* Return whether these bytes are UTF-8. */
bool name_is_utf8(const char *bytes, size_t length);

/* The first part of an escaped name, for which a message has room. */
struct name_start {
	char text[72];
};
struct name_start name_start(const char *name);

#endif
