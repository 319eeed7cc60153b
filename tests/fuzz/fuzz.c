/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

uint64_t fuzz_trace;

void fuzz_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	/* Write to the fd: a target may have replaced stderr. */
	dprintf(STDERR_FILENO, "%s:%d: ", file, line);
	va_start(args, format);
	vdprintf(STDERR_FILENO, format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "\n");
	abort();
}

static bool is_control(wchar_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* Escape the text: printed as it is, it would disturb the reader's terminal. */
static void __attribute__((noreturn))
fail_at(const char *text, size_t length, size_t at, const char *what)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] & 0x80 ||
		    text[i] == 0x7f)
			dprintf(STDERR_FILENO, "\\x%02x",
				(unsigned char)text[i]);
		else
			dprintf(STDERR_FILENO, "%c", text[i]);
	dprintf(STDERR_FILENO, "\n");
	FUZZ_FAIL("byte %zu of this text is %s", at, what);
}

static void check_text(const char *text, size_t length, const char *allowed)
{
	mbstate_t state;
	wchar_t c = 0;
	size_t at, n;

	memset(&state, 0, sizeof(state));
	for (at = 0; at < length; at += n) {
		n = mbrtowc(&c, text + at, length - at, &state);
		if (n == (size_t)-1 || n == (size_t)-2)
			fail_at(text, length, at, "no UTF-8");
		if (n == 0)
			fail_at(text, length, at, "a NUL");
		if (is_control(c) && (c > 0x7f || !strchr(allowed, (int)c)))
			fail_at(text, length, at, "a control character");
	}
}

void fuzz_check_text(const char *text, size_t length, const char *allowed)
{
	static locale_t utf8;
	locale_t before;

	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	FUZZ_CHECK(utf8 != (locale_t)0);
	before = uselocale(utf8);
	check_text(text, length, allowed);
	uselocale(before);
}
