/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shown.h"
#include "sys/text.h"

static void expect(const char *given, const char *wanted)
{
	char line[DMALOAD_MESSAGE_SIZE];

	assert_int_equal(text_format(line, sizeof(line), "%s", given),
			 strlen(wanted));
	assert_string_equal(line, wanted);
	assert_true(is_shown(line));
}

static void what_is_harmless_stays(void **state)
{
	(void)state;
	expect("", "");
	expect("/data/model.gguf: 100 % \"~\"", "/data/model.gguf: 100 % \"~\"");
	expect("\u00a0\u00e9\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff",
	       "\u00a0\u00e9\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff");
	/* Joiners are part of words, and of pictures. */
	expect("\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb",
	       "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb");
}

static void what_controls_a_terminal_is_gone(void **state)
{
	(void)state;
	expect("a\033[31mb\007\r\n\t\177", "a?[31mb?????");
	/* C1 as bytes, and as characters: 0x9b is what ESC [ is, too. */
	expect("a\200\233\237b", "a???b");
	expect("a\xc2\x80\xc2\x9b\xc2\x9f" "b", "a???b");
	expect("ab\u202egpj.exe\u202c", "ab?gpj.exe?");
	expect("\u061c\u200e\u200f\u2028\u2029\u2066\u2069", "???????");
}

static void what_is_no_character_is_gone(void **state)
{
	(void)state;
	expect("\xff\xfe\xf8\xc0\xc1", "?????");
	/* Too long a form, a surrogate, beyond the last. */
	expect("\xc0\xaf|\xe0\x80\xaf|\xf0\x80\x80\xaf", "??|???|????");
	expect("\xed\xa0\x80|\xf4\x90\x80\x80|\xf5\x80\x80\x80", "???|????|????");
	/* Ends in the middle. */
	expect("\xe2\x82", "??");
	expect("\xe2\x82z\xf0\x9f\x98z\xc3", "??z???z?");
	expect("\x80\xbf" "a\xc3\xa9\xa9", "??a\u00e9?");
}

/* Every byte, and every pair of them. */
static void nothing_gets_through(void **state)
{
	char text[256 * 3 + 1];
	size_t length;
	int a, b;

	(void)state;
	for (a = 0; a < 256; a++) {
		for (length = b = 0; b < 256; b++)
			length += text_format(text + length,
					      sizeof(text) - length, "%c%c|", a,
					      b);
		if (!is_shown(text))
			fail_msg("one of %02x and another byte", a);
	}
}

/* Into every size: whole characters of both ends, and not a byte beyond. */
static void a_cut_is_between_two_characters(void **state)
{
	static const char line[] = "a\u00e9\u20ac\U0001f600: e\u00e9\u20ac\U0001f600!";
	char out[64];
	size_t size, n;

	(void)state;
	for (size = 1; size <= sizeof(line) + 1; size++) {
		memset(out, 'x', sizeof(out));
		n = text_format(out, size, "%s", line);
		assert_int_equal(n, strlen(out));
		assert_true(n < size);
		assert_int_equal(out[size], 'x');
		assert_true(is_shown(out));
		assert_null(strchr(out, '?'));
		/* A character at each end may not have had room. */
		assert_true(n + 7 >= size || n + 1 == sizeof(line));
		if (size < sizeof(line) && size > 6)
			assert_non_null(strstr(out, "..."));
	}
	assert_string_equal(out, line);
	memset(out, 'x', sizeof(out));
	assert_int_equal(text_format(out, 0, "%s", line), 0);
	assert_int_equal(out[0], 'x');
}

/* A long name does not push out the reason. */
static void a_long_name_leaves_the_reason(void **state)
{
	char line[DMALOAD_MESSAGE_SIZE], name[4096];
	size_t length;

	(void)state;
	for (length = 400; length < sizeof(name); length += 7) {
		memset(name, 'n', length);
		memcpy(name, "/first", 6);
		name[length] = '\0';
		text_format(line, sizeof(line), "%s: No such file or directory",
			    name);
		assert_true(strncmp(line, "/first", 6) == 0);
		assert_non_null(strstr(line, "n: No such file or directory"));
		assert_true(length < 484 || strlen(line) == sizeof(line) - 1);
	}
	/* More than any name; then the end is lost. */
	assert_int_equal(text_format(name, sizeof(name), "%*s|", 2 * TEXT_MAX, "x"),
			 sizeof(name) - 1);
}

static void a_line_may_quote_itself(void **state)
{
	char line[16] = "inner";

	(void)state;
	text_format(line, sizeof(line), "outer: %s", line);
	assert_string_equal(line, "outer: inner");
}

/* The caller may have put anything there. */
static void a_report_is_shown(void **state)
{
	static const char name[] = "a\033[2J\n\xc2\x9b\xff\u202e\u00e9";
	struct dmaload_report report = { .size = sizeof(report) };
	char text[4096];
	size_t whole, size;

	(void)state;
	strcpy(report.declined[DMALOAD_PATH_DIRECT], name);
	strcpy(report.declined[DMALOAD_PATH_BOUNCE], "\u20ac\u20ac\u20ac");
	strcpy(report.buffer_pages_note, name);
	strcpy(report.pool_unregistered, name);
	strcpy(report.pool_reduced, name);
	strcpy(report.engine_declined, name);
	report.engine = DMALOAD_ENGINE_THREADS;
	whole = dmaload_report_format(&report, text, sizeof(text));
	assert_int_equal(whole, strlen(text));
	assert_non_null(strstr(text, "declined  direct: a?[2J????\u00e9\n"));
	for (size = 1; size < whole + 2; size++) {
		char *line, *rest = text;

		memset(text, 'x', sizeof(text));
		assert_int_equal(dmaload_report_format(&report, text, size), whole);
		assert_int_equal(text[size], 'x');
		while ((line = strsep(&rest, "\n")))
			assert_true(is_shown(line));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_harmless_stays),
		cmocka_unit_test(what_controls_a_terminal_is_gone),
		cmocka_unit_test(what_is_no_character_is_gone),
		cmocka_unit_test(nothing_gets_through),
		cmocka_unit_test(a_cut_is_between_two_characters),
		cmocka_unit_test(a_long_name_leaves_the_reason),
		cmocka_unit_test(a_line_may_quote_itself),
		cmocka_unit_test(a_report_is_shown),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
