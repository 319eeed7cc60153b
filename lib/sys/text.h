/* SPDX-License-Identifier: MIT */
/*
 * Receives: a format and what goes into it: names of files, which may hold any byte.
 * Hands on: one line of UTF-8.
 * Always:   a terminal can only show the line: "?" stands for bytes that are not
 *           UTF-8, for control characters, and for those that change the direction
 *           of writing.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line has room for the longest name that the kernel takes, and a message. */
#define TEXT_MAX (4096 + 512)

/*
 * Like snprintf() and vsnprintf(), but return the length that is written. The middle
 * of a line that does not fit is left out: a message begins with what failed and ends
 * with why. Arguments may lie in out.
 */
size_t text_format(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t text_vformat(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* The bytes of the character that a text begins with; 0: they are no UTF-8. */
size_t text_character(const char *text, uint32_t *character);

/* Return true if it controls a terminal: C0, DEL, C1; Unicode's line ends and
 * directions. */
bool text_is_control(uint32_t character);

/* Drop the part of a character at the end of a text that was cut off there. */
void text_drop_part(char *text, size_t length);

#endif
