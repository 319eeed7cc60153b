/* SPDX-License-Identifier: MIT */
#include "shown.h"

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

/* C0, DEL and C1; and of Unicode what ends lines or turns the direction. */
static bool is_control(wchar_t c)
{
	static const wchar_t others[] =
		L"\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
		L"\u2066\u2067\u2068\u2069";

	return c < 0x20 || (c >= 0x7f && c < 0xa0) || wcschr(others, c);
}

static bool decodes(const char *text)
{
	mbstate_t state = { 0 };
	size_t left = strlen(text), n;
	wchar_t c;

	for (; left > 0; text += n, left -= n) {
		n = mbrtowc(&c, text, left, &state);
		if (n == (size_t)-1 || n == (size_t)-2 || is_control(c))
			return false;
	}
	return true;
}

bool is_shown(const char *text)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL), before;
	bool shown;

	assert_non_null(utf8);
	before = uselocale(utf8);
	shown = decodes(text);
	uselocale(before);
	freelocale(utf8);
	return shown;
}

static void check(const char *text)
{
	if (!is_shown(text))
		fail_msg("a terminal would not only show \"%s\"", text);
}

void check_report_is_shown(const struct dmaload_report *report)
{
	char text[8192], *line, *rest = text;
	int i;

	check(report->engine_declined);
	check(report->pool_unregistered);
	check(report->pool_reduced);
	check(report->buffer_pages_note);
	for (i = 0; i < DMALOAD_PATHS_MAX; i++)
		check(report->declined[i]);
	assert_true(dmaload_report_format(report, text, sizeof(text)) <
		    sizeof(text));
	while ((line = strsep(&rest, "\n")))
		check(line);
}
