/* SPDX-License-Identifier: MIT */
/* Untrusted names, made safe for a terminal and for a list. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Return a copy of a name that can be printed. \xNN replaces the bytes of
 * control characters, of characters that change the direction of writing, and
 * those that are not UTF-8. \\ replaces a backslash. So different names stay
 * different. The caller frees the copy. Return NULL if there is no memory.
 */
char *name_escape(const char *bytes, size_t length);

/* Return whether these bytes are UTF-8. */
bool name_is_utf8(const char *bytes, size_t length);
/* Return whether a name can be printed as it is. */
bool name_is_printable(const char *name);
/* Return whether a file, by the name that another file has for it, lies in the
 * folder of this file or below it, and can be shown. */
bool name_is_inside(const char *file, size_t length);

/* The first part of an escaped name, for which a message has room. */
struct name_start {
	char text[72];
};
struct name_start name_start(const char *name);

/* The last part of an escaped path. */
struct name_end {
	char text[200];
};
struct name_end name_end(const char *path);

/* Remove a character of which the end is missing from the end of a text. */
void name_drop_part(char *text);

#endif
