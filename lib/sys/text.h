/* SPDX-License-Identifier: MIT */
/*
 * Receives: a format and its arguments: names of files, which may contain any
 *           byte.
 * Hands on: one line of UTF-8.
 * Always:   safe for a terminal: "?" replaces bytes that are not UTF-8, control
 *           characters, and characters that change the direction of writing.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for the longest name that the kernel accepts, and a message. */
#define TEXT_MAX (4096 + 512)

/*
 * Do the same as snprintf() and vsnprintf(), but return the written length. A
 * line that does not fit loses its middle: a message begins with what failed
 * and ends with the cause. Arguments may lie in out.
 */
size_t text_format(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t text_vformat(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Return the length of the first character of a text; 0: it is not UTF-8. */
size_t text_character(const char *text, uint32_t *character);

/* Return true if a character controls a terminal: C0, DEL, C1; Unicode's line
 * ends and directions. */
bool text_is_control(uint32_t character);

/* Drop an incomplete character at the end of a truncated text. */
void text_drop_part(char *text, size_t length);

#endif
