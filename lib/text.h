/* SPDX-License-Identifier: MIT */
/*
 * Receives: a format and what goes into it: names of files, which may hold any byte.
 * Hands on: one line of UTF-8.
 * Always:   a terminal that shows the line does nothing else: "?" stands for what is
 *           no character, for control characters, and for those that change the
 *           direction of writing.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a line: the longest name that the kernel takes, and what is said about it. */
#define TEXT_MAX (4096 + 512)

/*
 * As snprintf() and vsnprintf(), but return the length that is there. Of a line that
 * does not fit, the middle is left out: it begins with what failed and ends with why.
 * Arguments may lie in out.
 */
size_t text_format(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t text_vformat(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* The bytes of the character that a text begins with; 0: they are no UTF-8. */
size_t text_character(const char *text, uint32_t *character);

/* Of a terminal: C0, DEL, C1, and the ends of lines and directions of Unicode. */
bool text_is_control(uint32_t character);

/* Of a text that was cut off at its length: drop what is left of a character. */
void text_drop_part(char *text, size_t length);

#endif
