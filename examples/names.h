/* SPDX-License-Identifier: MIT */
/* Names that others have chosen, made fit for a terminal and for a list. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Return a copy of a name that can be printed. Control characters, and bytes that
 * are not UTF-8, are written as \xNN, and a backslash as \\: two different
 * names stay different. The caller frees it. NULL if there is no memory.
 */
char *name_escape(const char *bytes, size_t length);

/* Return whether these bytes are UTF-8. */
bool name_is_utf8(const char *bytes, size_t length);

/* As much of an escaped name as a message has room for. */
struct name_start {
	char text[72];
};
struct name_start name_start(const char *name);

#endif
